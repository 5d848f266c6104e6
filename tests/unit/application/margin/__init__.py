"""Tests of what is done about the margin of accounts."""
