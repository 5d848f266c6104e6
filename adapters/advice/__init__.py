"""Ask language models for advice."""
