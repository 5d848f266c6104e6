"""Decide: pure rules, values and state machines; standard library and numpy only."""
