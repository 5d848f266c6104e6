"""Answer what is asked of succession."""
