"""Tests of how the unit suite is spread over processes."""
