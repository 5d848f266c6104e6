"""Prove that what was backed up comes back."""
