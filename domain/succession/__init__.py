"""Hand over in steps that a living owner can always stop."""
