"""What succession does, on memory."""
