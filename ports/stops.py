"""What the core needs to stop trading where storage does not answer."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol
from uuid import UUID

from domain.kill_switch.latch import Latch
from ports.broker import Acknowledged, BrokerTraits, Refused, VenueOrder


class StopNotKept(Exception):
    """The latch is not on the volume: nothing says of it after a restart."""


class StopFiles(Protocol):
    """Latches that storage does not have yet, on a volume of this process."""

    async def keep(self, latch: Latch) -> None:
        """Return once the latch would outlive a power cut; raises StopNotKept.

        Keeping the same one again changes nothing.
        """
        ...

    async def kept(self) -> Sequence[Latch]:
        """Return what is kept, oldest first; raises StopNotKept for what cannot be read."""
        ...

    async def forget(self, latch_id: UUID) -> None:
        """Remove one that storage has; one that is not there is as good."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class PeerAnswers:
    """Which processes a message reached, by name, and which gave no answer."""

    heard: tuple[str, ...] = ()
    silent: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class UnstoredStops:
    """What other processes keep that storage may not have, and who did not say.

    unwatched names the brokers for which a watchdog hears nobody who sends, and cancels.
    """

    latches: tuple[Latch, ...] = ()
    silent: tuple[str, ...] = ()
    unwatched: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class DispatchBeat:
    """Sign of life of a process that sends: for which brokers it stands at this moment.

    accounts are those of each such broker with the tenant of each: a watchdog has no storage.
    """

    process: str
    brokers: frozenset[str]
    accounts: Mapping[str, Mapping[UUID, UUID]] = field(default_factory=dict)


class StopChannel(Protocol):
    """The way between the processes of an installation that needs no storage.

    Each call asks every other process once, within a second or two, and never raises for one
    that does not answer: it is named.
    """

    async def tell(self, latch: Latch) -> PeerAnswers:
        """Have every process that sends, and every watchdog, act on a stop now."""
        ...

    async def stored(self, latch_id: UUID) -> None:
        """Tell every process that storage has a stop: nobody need keep it any more."""
        ...

    async def ask(self) -> UnstoredStops:
        """Ask every process for the stops that it keeps, and watchdogs whom they do not hear."""
        ...

    async def beat(self, beat: DispatchBeat) -> PeerAnswers:
        """Tell the watchdogs that this process lives; only they are named in the answer."""
        ...

    async def sign_off(self, process: str) -> None:
        """Tell the watchdogs that this process ends in order: its silence is none."""
        ...


class WatchedAccounts(Protocol):
    """Which accounts trade at which broker, kept by a watchdog over its own restarts."""

    async def read(self) -> Mapping[str, Mapping[UUID, UUID]]:
        """Return each broker's accounts with their tenants; raises StopNotKept."""
        ...

    async def write(self, accounts: Mapping[str, Mapping[UUID, UUID]]) -> None:
        """Keep them in the place of what was kept; raises StopNotKept."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class RestingOrder:
    """An order that a venue may hold open, as far as this process knows."""

    client_order_id: str
    symbol: str
    reduce_only: bool


class OpenOrders(Protocol):
    """What a venue may hold open, from the memory of the process that speaks to it."""

    def resting(self, *, account_id: str) -> Sequence[RestingOrder]:
        """Return the account's orders that were sent or seen and not heard to be closed."""
        ...


class VenueCancels(Protocol):
    """All of a broker that a stop needs: by this nothing can be placed."""

    @property
    def traits(self) -> BrokerTraits:
        """What may be relied on."""
        ...

    async def open_orders(self, *, account_id: str) -> Sequence[VenueOrder]:
        """Return every order of the account that can still fill; raises as a Broker does."""
        ...

    async def cancel(self, *, account_id: str, client_order_id: str) -> Acknowledged | Refused:
        """Ask for a cancel; raises as a Broker does."""
        ...

    async def cancel_all(
        self, *, account_ids: Sequence[str], symbol: str | None = None
    ) -> Acknowledged | Refused:
        """Ask for a cancel of everything, where the traits promise it; raises as a Broker does."""
        ...
