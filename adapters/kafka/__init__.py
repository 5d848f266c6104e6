"""Take commands in from Kafka, and answer them there."""
