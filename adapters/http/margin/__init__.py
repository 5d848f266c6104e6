"""Serve the area margin over HTTP."""
