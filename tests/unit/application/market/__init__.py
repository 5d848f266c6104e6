"""Tests of what can be asked of the market."""
