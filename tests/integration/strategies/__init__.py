"""Own classes in processes of their own, and strategies that die in between."""
