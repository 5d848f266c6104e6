"""Prove founding, login and throttling over memory adapters."""
