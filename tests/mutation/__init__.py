"""Change the product a little, again and again, and see whether the unit tests notice."""
