"""Hash passwords and sign access tokens."""
