"""Promises of the streams ports, kept by every adapter."""
