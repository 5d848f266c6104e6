"""Show what the process does: logs, metrics, traces, health."""
