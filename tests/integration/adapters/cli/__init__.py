"""Prove the commands against a server that runs."""
