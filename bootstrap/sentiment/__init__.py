"""Compose what scores texts."""
