"""Hold what the documents name against the code."""
