"""What every adapter of the area performance promises."""
