"""Fulfil ports with scikit-learn (extra `anomaly`)."""
