"""Tests of the risk gate, its rules and its figures."""
