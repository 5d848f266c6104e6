"""Run people's own strategy classes, each in a child process of its own."""
