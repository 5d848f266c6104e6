"""Tests of layouts and of the shelf they stand on."""
