"""Serve the console: a thin client of the API that runs in the browser."""
