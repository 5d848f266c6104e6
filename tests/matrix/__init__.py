"""Invariant 5: who may do what, tried on every route, channel and command that there is."""
