"""Say what is wrong with the settings, all of it at once."""

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One thing wrong: where it was set, and what would be right."""

    source: str
    problem: str

    def __str__(self) -> str:
        return f"{self.source}: {self.problem}"


class InvalidSettings(Exception):
    """The settings cannot be used; every fault is listed."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        count = "1 fault" if len(faults) == 1 else f"{len(faults)} faults"
        super().__init__("\n".join([f"{count} in the settings:", *(f"  {one}" for one in faults)]))
        self.faults = tuple(faults)


def did_you_mean(given: str, known: Iterable[str]) -> str:
    """Return a hint at the closest known name, or nothing."""
    close = difflib.get_close_matches(given, list(known), n=1, cutoff=0.75)
    return f"; did you mean {close[0]}?" if close else ""
