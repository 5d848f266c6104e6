"""Build what strategies size their orders by."""
