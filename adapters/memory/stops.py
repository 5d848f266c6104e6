"""Keep stops in memory, and tell them among processes of one test."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from domain.kill_switch.drill import SignedDrill
from domain.kill_switch.latch import Latch
from ports.stops import DispatchBeat, PeerAnswers, StopNotKept, UnstoredStops


@dataclass(slots=True)
class MemoryStopFiles:
    """Stops in memory (port StopFiles); full says that nothing can be written."""

    full: bool = False
    _kept: dict[UUID, Latch] = field(default_factory=dict)

    async def keep(self, latch: Latch) -> None:
        """Keep a latch."""
        if self.full:
            raise StopNotKept("no space left on device")
        self._kept[latch.id] = latch

    async def kept(self) -> Sequence[Latch]:
        """Return what is kept, oldest first."""
        return sorted(self._kept.values(), key=lambda latch: (latch.engaged_at, latch.id))

    async def forget(self, latch_id: UUID) -> None:
        """Remove one."""
        self._kept.pop(latch_id, None)


@dataclass(slots=True, kw_only=True)
class MemoryPeer:
    """What another process does with each message; answers is False while it is silent."""

    take: Callable[[Latch], Awaitable[None]] | None = None
    stored: Callable[[UUID], Awaitable[None]] | None = None
    kept: Callable[[], Awaitable[Sequence[Latch]]] | None = None
    heard: Callable[[DispatchBeat], None] | None = None
    left: Callable[[str], None] | None = None
    unwatched: Callable[[], Sequence[str]] = tuple
    answers: bool = True


@dataclass(slots=True)
class MemoryStopChannel:
    """The other processes by name (port StopChannel)."""

    peers: dict[str, MemoryPeer] = field(default_factory=dict)

    async def tell(self, latch: Latch) -> PeerAnswers:
        """Have every process act on a stop."""
        for peer in self._there():
            if peer.take is not None:
                await peer.take(latch)
        return self._reached()

    async def stored(self, latch_id: UUID) -> None:
        """Tell every process that storage has a stop."""
        for peer in self._there():
            if peer.stored is not None:
                await peer.stored(latch_id)

    async def ask(self) -> UnstoredStops:
        """Ask every process for the stops that it keeps."""
        found: list[Latch] = []
        unwatched: set[str] = set()
        for peer in self._there():
            if peer.kept is not None:
                found += await peer.kept()
            unwatched.update(peer.unwatched())
        return UnstoredStops(
            latches=tuple(found),
            silent=self._reached().silent,
            unwatched=frozenset(unwatched),
        )

    async def beat(self, beat: DispatchBeat) -> PeerAnswers:
        """Tell the watchdogs that this process lives."""
        for peer in self._there():
            if peer.heard is not None:
                peer.heard(beat)
        return self._reached(lambda peer: peer.heard is not None)

    async def sign_off(self, process: str) -> None:
        """Tell the watchdogs that this process ends in order."""
        for peer in self._there():
            if peer.left is not None:
                peer.left(process)

    def _there(self) -> list[MemoryPeer]:
        return [peer for peer in self.peers.values() if peer.answers]

    def _reached(self, counts: Callable[[MemoryPeer], bool] = lambda _: True) -> PeerAnswers:
        return PeerAnswers(
            heard=tuple(name for name, one in self.peers.items() if one.answers and counts(one)),
            silent=tuple(
                name for name, one in self.peers.items() if not one.answers and counts(one)
            ),
        )


@dataclass(slots=True)
class MemoryWatchedAccounts:
    """Accounts in memory (port WatchedAccounts); full says that nothing can be written."""

    full: bool = False
    _kept: Mapping[str, Mapping[UUID, UUID]] = field(default_factory=dict)

    async def read(self) -> Mapping[str, Mapping[UUID, UUID]]:
        """Return what was kept."""
        return self._kept

    async def write(self, accounts: Mapping[str, Mapping[UUID, UUID]]) -> None:
        """Keep them."""
        if self.full:
            raise StopNotKept("no space left on device")
        self._kept = {name: dict(known) for name, known in accounts.items()}


@dataclass(slots=True)
class MemoryDrills:
    """Drills in memory (port DrillLog)."""

    _kept: list[SignedDrill] = field(default_factory=list)

    async def keep(self, drill: SignedDrill) -> None:
        """Keep a drill."""
        self._kept.append(drill)

    async def latest(self, limit: int) -> Sequence[SignedDrill]:
        """Return the latest ones, the last first."""
        return self._kept[::-1][:limit]
