"""Relay committed events to their readers."""
