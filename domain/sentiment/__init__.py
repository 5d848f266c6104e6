"""Measure the mood of markets and of what is written about them."""
