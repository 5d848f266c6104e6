"""Serve the area risk over HTTP."""
