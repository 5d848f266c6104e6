"""Tests of sessions, refresh tokens and passwords."""
