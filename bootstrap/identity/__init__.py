"""Build what identity is made of: access, passwords, factors, passkeys, log-ins."""
