"""Models and their rows."""
