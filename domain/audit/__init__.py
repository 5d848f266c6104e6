"""Hold audit entries: who did what, when, and why."""
