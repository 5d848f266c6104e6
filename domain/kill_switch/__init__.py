"""Hold the kill switch: scopes, latches and their states."""
