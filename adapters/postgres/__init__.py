"""Fulfil the storage ports with Postgres."""
