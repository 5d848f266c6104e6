"""Prove the values every area speaks."""
