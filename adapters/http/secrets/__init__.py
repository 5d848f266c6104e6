"""Serve the area secrets over HTTP."""
