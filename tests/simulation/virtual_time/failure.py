"""Say how a simulated run ended."""

from dataclasses import dataclass
from enum import StrEnum


class FailureKind(StrEnum):
    """What went wrong."""

    INVARIANT = "invariant"  # a check after a step raised
    SCENARIO = "scenario"  # the scenario itself raised
    UNHANDLED = "unhandled"  # a process, task or callback raised and nobody looked
    DEADLOCK = "deadlock"  # nothing ready, no timer, and the scenario is not done
    LIVELOCK = "livelock"  # max_steps reached
    OVERTIME = "overtime"  # max_virtual_s reached


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """The first thing that went wrong, and after how many steps; details hold a traceback."""

    kind: FailureKind
    step: int
    virtual_s: float
    message: str
    details: str = ""

    def __str__(self) -> str:
        return f"{self.kind} at step {self.step} ({self.virtual_s:.6f} s): {self.message}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What one seed led to; equal for equal seed and code, in any process."""

    seed: int
    steps: int
    virtual_s: float
    trace_hash: str
    failure: Failure | None

    @property
    def ok(self) -> bool:
        """Tell whether the scenario ended without failure."""
        return self.failure is None
