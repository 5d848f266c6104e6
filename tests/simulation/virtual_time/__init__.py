"""Run coroutines under virtual time, in an order, with faults, drawn from one seed."""
