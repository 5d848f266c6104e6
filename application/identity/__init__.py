"""Found the first tenant and issue access tokens."""
