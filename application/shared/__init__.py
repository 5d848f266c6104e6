"""Change ordinary records the one way: again on conflict, once per key, never without its trail."""
