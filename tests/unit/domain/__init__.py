"""Tests of what the domain decides."""
