"""Serve the area kill_switch over HTTP."""
