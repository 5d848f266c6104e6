"""Stop trading at once, and let it start again deliberately."""
