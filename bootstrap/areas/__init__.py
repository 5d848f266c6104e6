"""Build each area from its adapters."""
