"""Fulfil the ports with real means: HTTP, Postgres, memory, brokers, market data."""
