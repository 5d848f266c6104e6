"""Tests of the use cases of risk."""
