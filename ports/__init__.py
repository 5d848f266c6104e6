"""State what the core needs from outside, one Protocol file per need."""
