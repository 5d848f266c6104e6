"""Look after an installation: its folder, its files, its database."""
