"""What the values of the ports check and work out by themselves."""
