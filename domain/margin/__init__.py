"""Work out what a book has to be margined with."""
