"""Tests of what a book has to be margined with."""
