"""What every source of texts promises, and one that was written from the guide."""
