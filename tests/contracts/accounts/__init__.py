"""Promises of the accounts ports, kept by every adapter."""
