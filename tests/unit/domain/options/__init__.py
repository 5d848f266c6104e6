"""Tests of what options are worth."""
