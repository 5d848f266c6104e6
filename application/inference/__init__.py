"""Serve models: load them, put requests together, answer each once."""
