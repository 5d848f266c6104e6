"""Read settings from a file, and say what is wrong in them."""
