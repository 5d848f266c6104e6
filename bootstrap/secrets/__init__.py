"""Reach the secrets of an installation."""
