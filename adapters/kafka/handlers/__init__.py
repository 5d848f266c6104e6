"""Carry out commands: one file per area."""
