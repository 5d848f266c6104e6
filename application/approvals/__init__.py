"""Hold loosenings back until a second member agrees, or a cooling time is over."""
