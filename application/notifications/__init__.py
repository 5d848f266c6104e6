"""Tell people what happened, on the channels that they chose, until it has arrived."""
