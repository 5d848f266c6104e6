"""Speak to brokers."""
