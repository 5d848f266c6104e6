"""Wrap data keys in HashiCorp Vault's transit engine."""
