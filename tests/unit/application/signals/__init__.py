"""Tests of taking signals in and handing them on."""
