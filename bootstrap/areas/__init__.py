"""Declare each area in a file; `all` lists them."""
