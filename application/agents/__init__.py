"""Follow trading agents, and ask them to pause and resume."""
