"""Tests of layouts and of the set they stand on."""
