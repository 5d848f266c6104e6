"""Ask servers that speak the Model Context Protocol (extra `mcp`)."""
