"""The ceremonies of passkeys, against an authenticator of another make."""
