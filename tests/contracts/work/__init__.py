"""Promises of the unit of work, kept by every adapter for every ordinary area."""
