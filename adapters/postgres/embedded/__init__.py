"""Run a Postgres server of our own beside the process, from binaries found on the machine."""
