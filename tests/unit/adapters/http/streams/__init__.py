"""Test the live streams."""
