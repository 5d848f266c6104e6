"""The area audit."""
