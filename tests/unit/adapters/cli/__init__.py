"""Prove what the commands make of what was typed."""
