"""The shapes of what goes over Kafka."""
