"""Run use cases over ports and domain, one file per use case."""
