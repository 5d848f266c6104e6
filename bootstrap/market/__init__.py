"""Build what the market area stands on."""
