"""Reach the audit trail of an installation: its keys, its checks, its export."""
