"""Prove the simulated event loop, its processes, faults and wires."""
