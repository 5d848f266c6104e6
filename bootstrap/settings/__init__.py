"""Read the settings from the environment and a TOML file, and refuse what is wrong."""
