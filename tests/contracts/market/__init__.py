"""Promises of the market ports, kept by every adapter."""
