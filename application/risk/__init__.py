"""Manage risk rules and answer what-if questions."""
