"""Committed events on a real Postgres."""
