"""Promises of the port of workspaces, kept by every adapter."""
