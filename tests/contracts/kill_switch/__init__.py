"""Promises of the kill switch ports, kept by every adapter."""
