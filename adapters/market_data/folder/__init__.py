"""Read a folder of the user's own daily prices."""
