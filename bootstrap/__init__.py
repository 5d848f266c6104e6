"""Wire everything together: settings, container, lifecycle, workers, command line."""
