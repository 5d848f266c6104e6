"""Bring market data in."""
