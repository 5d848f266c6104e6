"""Found the first tenant, let users in and out, and keep who may come in."""
