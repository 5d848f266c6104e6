"""Keep the market's clock, quotes and corporate actions moving."""
