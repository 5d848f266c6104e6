"""The tables, types and functions of the database, each as a whole SQL file."""
