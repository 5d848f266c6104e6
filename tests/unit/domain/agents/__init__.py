"""Tests of how agents are followed."""
