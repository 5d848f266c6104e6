"""Serve the area status over HTTP."""
