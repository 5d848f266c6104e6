"""Answer what is asked of signals."""
