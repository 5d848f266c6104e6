"""The audit trail in Postgres: its rows, its chain, its reading."""
