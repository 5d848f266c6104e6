"""Promises of the risk ports, kept by every adapter."""
