"""Prove how identity is built."""
