"""Tests of what strategies decide."""
