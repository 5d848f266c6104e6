"""Seal, read and judge the audit trail."""
