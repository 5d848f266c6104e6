"""Promises of what is kept of margin."""
