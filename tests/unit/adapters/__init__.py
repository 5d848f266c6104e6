"""Prove the adapters one by one, in memory."""
