"""Changes that wait for a second look."""
