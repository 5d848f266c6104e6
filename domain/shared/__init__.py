"""Hold the values every area speaks: money, ids, time, results."""
