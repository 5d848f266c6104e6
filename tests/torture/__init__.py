"""Long runs that try to break what the unit tests state."""
