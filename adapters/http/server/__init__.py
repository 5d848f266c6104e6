"""Serve HTTP: uvicorn with limits on connections, heads and time, and TLS."""
