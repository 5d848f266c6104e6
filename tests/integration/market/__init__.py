"""Tests of the market over all of the shipped data."""
