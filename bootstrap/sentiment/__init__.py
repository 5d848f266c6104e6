"""Build what scores texts, and what fetches a model for it."""
