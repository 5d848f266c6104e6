"""Prove what logs, metrics, traces and the health board tell."""
