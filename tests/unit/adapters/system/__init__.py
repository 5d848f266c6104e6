"""Prove what the machine gives: time, files, leases, processes."""
