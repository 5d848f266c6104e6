"""Short runs of the fuzzing."""
