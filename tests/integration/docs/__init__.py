"""Tests that do what a document says."""
