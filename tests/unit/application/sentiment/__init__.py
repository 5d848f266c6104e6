"""Tests of looking at sources."""
