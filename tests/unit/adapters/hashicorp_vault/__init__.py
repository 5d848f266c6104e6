"""The area secrets."""
