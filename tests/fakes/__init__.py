"""Stand-ins for servers that cannot run here, written from their public documentation."""
