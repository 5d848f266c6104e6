"""Hold the risk gate: rules, verdicts, sizing, portfolio risk."""
