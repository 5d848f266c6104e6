"""Unit tests of the benchmark's own arithmetic and clients."""
