"""Record how accounts do, and answer for it."""
