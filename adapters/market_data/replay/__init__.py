"""Replay daily price history as a market that opens, trades and closes."""
