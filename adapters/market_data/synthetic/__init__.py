"""Make up prices for development, labelled as such."""
