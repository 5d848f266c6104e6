"""Measurements of Ballast beside its peers; never part of the installed package."""
