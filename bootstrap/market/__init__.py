"""Build what the market is read from, and how it is."""
