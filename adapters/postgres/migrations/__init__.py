"""Bring a database to the shape this code expects."""
