"""Open accounts and read their books."""
