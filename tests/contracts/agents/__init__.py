"""Promises of the ports of agents, kept by every adapter."""
