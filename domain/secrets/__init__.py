"""Secrets at rest: where each belongs, how it is written down, and what a broker key is."""
