"""Hold orders: their types, states and legal transitions."""
