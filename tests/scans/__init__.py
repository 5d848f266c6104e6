"""Look for weak code, secrets and known holes; what is found must be explained."""
