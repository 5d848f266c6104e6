"""Build what scores texts, what brings them, and what fetches a model."""
