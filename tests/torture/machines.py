"""Let a state machine of hypothesis run, and say what it did."""

import argparse
import sys
from collections import Counter
from typing import ClassVar

from hypothesis import HealthCheck, settings
from hypothesis.stateful import RuleBasedStateMachine, run_state_machine_as_test

STEPS = 50


class CountingMachine(RuleBasedStateMachine):
    """A state machine that counts what it does by name."""

    steps: ClassVar[Counter[str]]


def played(machine: type[CountingMachine], *, runs: int) -> Counter[str]:
    """Make that many runs and return what was done in them."""
    machine.steps = Counter()
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=runs,
            stateful_step_count=STEPS,
            deadline=None,
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
    return machine.steps


def command(machine: type[CountingMachine], *, name: str, about: str | None) -> int:
    """Make the runs of the command line; the first that breaks a rule is raised."""
    parser = argparse.ArgumentParser(description=about)
    parser.add_argument("--runs", type=int, default=1_000)
    asked = parser.parse_args()
    done = played(machine, runs=asked.runs)
    said = ", ".join(f"{count} {kind}" for kind, count in sorted(done.items()))
    sys.stdout.write(f"{name}: {asked.runs} runs of up to {STEPS} steps: {said}; 0 violations\n")
    return 0
