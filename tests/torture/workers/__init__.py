"""Many workers of Ballast, each a process of its own, that are cheap to kill and start again."""
