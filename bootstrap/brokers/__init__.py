"""Build the brokers that the settings name."""
