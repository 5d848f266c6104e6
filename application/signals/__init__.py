"""Take signals in, keep them, and hand them to whoever acts on them."""
