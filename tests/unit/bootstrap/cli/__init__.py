"""Prove the commands that need no server."""
