"""Hold signals: what prices say a strategy should do."""
