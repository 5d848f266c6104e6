"""Tests of lag, alarms and figures."""
