"""Tests of price sources, replay and calendars."""
