"""Draw mutants of the core, and let mutmut try them."""
