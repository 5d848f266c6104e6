"""The connections to Postgres: pools, sessions of tenants, errors, held statements."""
