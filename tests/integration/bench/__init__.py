"""The benchmark's clients against real sockets on loopback."""
