"""Offer time, ids, chance and hints to every area."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from adapters.memory.streams import MemoryWakeup
from adapters.system.ids import UuidV7Ids
from adapters.system.randomness import SystemRandomness
from adapters.system.time import SystemClock, SystemSleeper
from ports.ids import Ids
from ports.randomness import Randomness
from ports.streams import Wakeup
from ports.time import Clock, Sleeper


@dataclass(frozen=True, slots=True, kw_only=True)
class System:
    """What every area needs of the machine."""

    clock: Clock
    sleeper: Sleeper
    ids: Ids
    randomness: Randomness


def build_system() -> System:
    """Take the machine's own."""
    return System(
        clock=SystemClock(),
        sleeper=SystemSleeper(),
        ids=UuidV7Ids(),
        randomness=SystemRandomness(),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Wakeups:
    """Hints between the use cases and the loops, so that none polls eagerly."""

    dispatch: Wakeup = field(default_factory=MemoryWakeup)
    # Of the further brokers, by name: each has a loop that waits.
    dispatch_at: Mapping[str, Wakeup] = field(default_factory=dict)
    kill: Wakeup = field(default_factory=MemoryWakeup)
    kill_at: Mapping[str, Wakeup] = field(default_factory=dict)
    # Somebody wants books compared with a broker.
    checks: Wakeup = field(default_factory=MemoryWakeup)
    checks_at: Mapping[str, Wakeup] = field(default_factory=dict)
    relay: Wakeup = field(default_factory=MemoryWakeup)
    # The relay to Kafka: each that waits has a hint of its own.
    events: Wakeup = field(default_factory=MemoryWakeup)
    # What becomes of facts that people are told.
    notifications: Wakeup = field(default_factory=MemoryWakeup)
    # Who hands signals to those who act on them.
    signals: Wakeup = field(default_factory=MemoryWakeup)

    def after_change(self) -> None:
        """An account's book changed: there may be something to send and something to tell."""
        self.dispatch.set()
        for wakeup in self.dispatch_at.values():
            wakeup.set()
        self.relay.set()
        self.events.set()

    def after_latch(self) -> None:
        """A latch changed: there may be something to cancel and something to tell."""
        for wakeup in (self.kill, *self.kill_at.values()):
            wakeup.set()
        self.relay.set()
        self.events.set()
        self.notifications.set()

    def after_question(self) -> None:
        """Somebody asks what only who speaks to a broker knows."""
        for wakeup in (self.checks, *self.checks_at.values()):
            wakeup.set()
