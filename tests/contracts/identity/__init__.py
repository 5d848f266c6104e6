"""Promises of the identity ports, kept by every adapter."""
