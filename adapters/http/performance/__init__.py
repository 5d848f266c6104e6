"""Serve the area performance over HTTP."""
