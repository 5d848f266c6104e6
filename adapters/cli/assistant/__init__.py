"""Let an assistant read what the server shows a user; loaded by `ballast mcp` alone."""
