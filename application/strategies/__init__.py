"""Keep strategies, and act on signals for them."""
