"""Short runs of the torture."""
