"""Kernels for NVIDIA GPUs, compiled by numba."""
