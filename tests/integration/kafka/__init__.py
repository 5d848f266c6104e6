"""Events on a real Kafka."""
