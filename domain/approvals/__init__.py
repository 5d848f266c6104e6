"""Hold changes that wait for a second look."""
