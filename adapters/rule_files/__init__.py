"""Read risk rules from files."""
