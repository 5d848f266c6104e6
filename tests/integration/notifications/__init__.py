"""Check notifications against real servers."""
