"""Hold instruments, quotes, bars and corporate actions."""
