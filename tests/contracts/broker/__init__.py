"""Promises of the broker port, kept by every adapter."""
