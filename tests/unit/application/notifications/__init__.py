"""Check that people are told."""
