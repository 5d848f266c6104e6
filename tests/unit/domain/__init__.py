"""Prove what the domain decides."""
