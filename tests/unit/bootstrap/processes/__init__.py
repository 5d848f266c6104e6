"""Prove what a process does and with whom."""
