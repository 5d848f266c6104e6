"""Serve the application over HTTP and WebSocket with Litestar."""
