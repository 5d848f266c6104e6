"""Build what stops trading without the database: channel, files, gate, watchdog."""
