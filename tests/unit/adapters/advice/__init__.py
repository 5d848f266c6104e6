"""Tests of the advice that models give."""
