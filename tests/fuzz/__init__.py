"""Nonsense for every parser."""
