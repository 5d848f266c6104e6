"""The counting of mutants."""
