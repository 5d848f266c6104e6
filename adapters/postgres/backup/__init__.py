"""Copy a database out and in again, and check that what it says fits together."""
