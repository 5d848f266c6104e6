"""What is read of copies of a database."""
