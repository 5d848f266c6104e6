"""Serve the area orders over HTTP."""
