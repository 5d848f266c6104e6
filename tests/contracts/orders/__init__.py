"""Promises of the orders ports, kept by every adapter."""
