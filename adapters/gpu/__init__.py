"""Compute on GPUs: each kind behind the port that the host's own stands behind."""
