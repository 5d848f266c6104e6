"""Read models of texts from folders: their settings, their words and their graph."""
