"""Build what the margin of accounts takes."""
