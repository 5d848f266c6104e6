"""Test the HTTP adapter through a socket."""
