"""Say what models take and give, and which of their rows may be worked out together."""
