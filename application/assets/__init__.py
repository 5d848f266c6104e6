"""Keep what has a value and no ticker."""
