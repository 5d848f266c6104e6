"""Speak to a running server from a terminal; each file is a group of commands."""
