"""Say where networks are."""
