"""Serve the documentation of the API."""
