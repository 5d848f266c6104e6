"""Run processes: one, many, and what each of them does."""
