"""Serve the area market over HTTP."""
