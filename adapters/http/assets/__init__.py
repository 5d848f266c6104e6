"""Serve the area assets over HTTP."""
