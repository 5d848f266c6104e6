"""Prove how streams are built."""
