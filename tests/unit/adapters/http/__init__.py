"""Test the HTTP adapter over the whole application in memory."""
