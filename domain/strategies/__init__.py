"""Decide what becomes of a signal."""
