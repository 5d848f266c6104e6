"""Run real Postgres, Redis and Kafka servers on loopback, for tests and for `make services-up`."""
