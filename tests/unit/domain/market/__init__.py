"""Tests of instruments, prices and sessions."""
