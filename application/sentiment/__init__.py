"""Take in what is written of symbols and what the market's mood is made of, and tell it."""
