"""Seal letters with age, and share their key by SLIP-39: on the owner's machine alone."""
