"""Build how events travel: within the process, over Redis, over Kafka."""
