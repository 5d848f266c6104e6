"""Serve the area streams over HTTP."""
