"""Compose what runs models."""
