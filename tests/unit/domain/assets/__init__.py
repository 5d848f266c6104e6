"""Tests of things without a ticker."""
