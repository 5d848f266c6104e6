"""Fulfil time, ids and randomness from the operating system."""
