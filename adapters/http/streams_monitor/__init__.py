"""Serve the health of the streams over HTTP."""
