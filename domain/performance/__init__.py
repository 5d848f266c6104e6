"""Hold performance: what an equity curve and its trades amount to."""
