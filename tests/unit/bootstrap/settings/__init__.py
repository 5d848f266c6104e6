"""Prove how settings are read, refused and shown."""
