"""Hand over when the owner falls silent, in steps that a living owner can always stop."""
