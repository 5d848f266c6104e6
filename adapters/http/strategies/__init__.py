"""Answer what is asked of strategies."""
