"""The served API, asked from outside."""
