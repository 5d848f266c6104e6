"""What became of a mutant."""

from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any


class Fate(StrEnum):
    """Whether the tests noticed."""

    KILLED = "killed"
    LATE = "late"
    SURVIVED = "survived"
    # Survived too: no test runs it at all.
    UNREACHED = "unreached"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of one mutant, by which test, and what finding out cost."""

    id: str
    fate: Fate
    by: str
    cpu_s: float

    @property
    def is_dead(self) -> bool:
        """Return whether the change was noticed: a test failed, or never came to its end."""
        return self.fate in (Fate.KILLED, Fate.LATE)

    def as_json(self) -> dict[str, Any]:
        """Return it as JSON knows it."""
        return asdict(self)


def from_json(said: dict[str, Any]) -> Verdict:
    """Return the verdict that was written."""
    return Verdict(**{**said, "fate": Fate(said["fate"])})
