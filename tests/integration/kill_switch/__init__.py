"""Stops that work where much else does not: real processes, a real database, a real venue."""
