"""Prove whole processes: started, used, stopped, started again."""
