"""Back a whole installation up, restore it, and verify what it holds."""
