"""Hold users, tenants and access-token claims."""
