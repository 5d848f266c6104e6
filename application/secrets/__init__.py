"""Keep brokers' API keys, and turn over the keys that all secrets hang on."""
