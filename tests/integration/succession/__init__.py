"""Walk a succession as the people whom it concerns: over HTTP, by mail."""
