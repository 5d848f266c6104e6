"""Tests of adapters that need no server."""
