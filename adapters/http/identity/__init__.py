"""Serve the area identity over HTTP."""
