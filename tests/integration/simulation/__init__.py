"""Hold the simulation to its word: it passes, and it finds what is planted."""
