"""Tests of the memory adapters' own behaviour."""
