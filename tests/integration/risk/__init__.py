"""Limits at the size of an installation."""
