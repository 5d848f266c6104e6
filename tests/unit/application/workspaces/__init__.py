"""Tests of how workspaces are saved and restored."""
