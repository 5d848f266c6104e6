"""Hold accounts: cash ledger, positions, the versioned account book."""
