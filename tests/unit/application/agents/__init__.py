"""Tests of the use cases of agents."""
