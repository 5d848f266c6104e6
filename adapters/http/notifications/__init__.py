"""Ask for notifications over HTTP."""
