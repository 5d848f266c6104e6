"""Prove the password hasher, the signing key and the tokens."""
