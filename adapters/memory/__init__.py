"""Fulfil every port in memory, with rollback, ordering and limits."""
