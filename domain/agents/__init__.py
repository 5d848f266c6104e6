"""Hold what trading agents tell of themselves, and what is concluded from their silence."""
