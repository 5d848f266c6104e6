"""Prove how a report is written."""
