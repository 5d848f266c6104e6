"""Tests of what is built to reach people."""
