"""Screens and layouts that people keep."""
