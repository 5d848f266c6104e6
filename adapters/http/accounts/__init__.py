"""Serve the area accounts over HTTP."""
