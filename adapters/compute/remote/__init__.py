"""Ask other processes, of ours or of others, to run models and to score texts."""
