"""Sentiment over real engines."""
