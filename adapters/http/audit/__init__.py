"""Serve the area audit over HTTP."""
