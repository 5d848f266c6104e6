"""Run kernels on the host's cores."""
