"""Build what reaches people."""
