"""Answer what is asked of the market's mood."""
