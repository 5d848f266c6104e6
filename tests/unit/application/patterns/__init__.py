"""Tests of reading patterns out of the market."""
