"""Promises of what sends messages to people."""
