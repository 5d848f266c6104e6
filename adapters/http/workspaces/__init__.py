"""Serve the area workspaces over HTTP."""
