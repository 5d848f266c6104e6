"""Reach people outside: by mail, text message, push and signed webhook."""
