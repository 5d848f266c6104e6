"""Tests of what computes."""
