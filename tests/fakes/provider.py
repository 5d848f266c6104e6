"""What every stand-in for a provider of messages has: where it is, what it took, and its faults."""

import random
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, auto
from typing import Protocol


class Fault(Enum):
    """What goes wrong instead of a plain yes."""

    BUSY = auto()  # a no for now
    REFUSING = auto()  # a no for good, which repeats our secrets
    SILENT = auto()  # never an answer, and nothing taken
    REPLY_LOST = auto()  # taken, and the connection ends without an answer
    HANGING_UP = auto()  # the connection ends with nothing taken
    SHUT = auto()  # nobody listens


@dataclass(slots=True)
class Moods:
    """Gives each request a fault by chance: of so many, how many meet which."""

    chance: random.Random
    shares: Mapping[Fault, float]

    def __call__(self) -> Fault | None:
        """Return the next one, None for a provider that does what it should."""
        fate = self.chance.random()
        for fault, share in self.shares.items():
            fate -= share
            if fate < 0:
                return fault
        return None


class Provider(Protocol):
    """A provider on loopback."""

    fault: Fault | None
    # The text of each message that it took, as often as it took it.
    taken: list[str]

    async def shut(self) -> None:
        """Listen no more."""
        ...
