"""The reference sides of the benchmark: what Ballast is measured against."""
