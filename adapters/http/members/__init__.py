"""Serve members, their grants and personal access tokens over HTTP."""
