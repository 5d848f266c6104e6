"""Serve the area agents over HTTP."""
