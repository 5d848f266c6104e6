"""Share caches, limits and streams between processes through Redis."""
