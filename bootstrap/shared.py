"""Offer what several processes of one database share."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from adapters.memory.streams import MemoryWakeup
from bootstrap.settings.sections import Settings
from bootstrap.system import Wakeups
from ports.attempts import Attempts
from ports.book_checks import BookChecks
from ports.health import HealthReports
from ports.leases import Fence, Leases
from ports.market import ReplayCursor, ReplayPulses
from ports.streams import Wakeup
from ports.tickets import Tickets


class CarriedWakeups(Protocol):
    """Hints by name that reach other processes while `run` runs."""

    def wakeup(self, name: str) -> Wakeup:
        """Return the hint of a name."""
        ...

    async def run(self) -> None:
        """Carry hints until cancelled."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class SharedPorts:
    """The ports by which processes know of each other; there are none where one is alone."""

    leases: Leases
    pulses: ReplayPulses
    reports: HealthReports
    checks: BookChecks
    wakeups: CarriedWakeups
    attempts: Attempts
    tickets: Tickets
    fenced_cursor: Callable[[Callable[[], Fence | None]], ReplayCursor]


def wakeups_over(shared: SharedPorts | None, settings: Settings) -> Wakeups:
    """Make hints reach the loops of other processes too, where there are such."""
    if shared is None:
        return Wakeups(
            dispatch_at={name: MemoryWakeup() for name in settings.brokers},
            kill_at={name: MemoryWakeup() for name in settings.brokers},
            checks_at={name: MemoryWakeup() for name in settings.brokers},
        )
    of = shared.wakeups.wakeup
    return Wakeups(
        dispatch=of("dispatch"),
        dispatch_at={name: of(f"dispatch_{name}") for name in settings.brokers},
        kill=of("kill"),
        kill_at={name: of(f"kill_{name}") for name in settings.brokers},
        checks=of("checks"),
        checks_at={name: of(f"checks_{name}") for name in settings.brokers},
        relay=of("relay"),
        events=of("events"),
        notifications=of("notifications"),
        signals=of("signals"),
    )
