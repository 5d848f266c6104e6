"""Prove what is kept and looked at on the machine."""
