"""Prove how rule files are read."""
