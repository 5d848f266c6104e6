"""The promises of the audit trail, for every adapter of it."""
