"""Read patterns out of the market's prices, as they come."""
