"""Hear what is written: feeds, and a folder of one's own."""
