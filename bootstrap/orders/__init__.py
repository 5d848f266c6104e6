"""Build what orders need: intake, brokers, a venue of our own."""
