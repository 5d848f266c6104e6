"""Users, their factors, devices, tokens and sessions in Postgres."""
