"""Value options."""
