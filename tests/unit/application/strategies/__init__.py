"""Test what strategies are asked."""
