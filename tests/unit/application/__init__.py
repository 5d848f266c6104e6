"""Tests of the use cases over memory adapters."""
