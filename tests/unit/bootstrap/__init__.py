"""Prove the settings, the wiring and the command line."""
