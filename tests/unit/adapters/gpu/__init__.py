"""What stands before a GPU, tried without one."""
