"""Tests of members and their rights."""
