"""Watching a real Kafka: lag, latency, outages, and agents that fall silent."""
