"""One file per step of the database's shape, in a single line of revisions."""
