"""Run a suite in forks of the one process that has imported and collected it."""
