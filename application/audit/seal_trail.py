"""Seal what was written: link it into the chains, then keep their heads outside."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from domain.audit.anchoring import AnchorKind, AnchorRecord
from domain.audit.chain import Head, Link
from domain.audit.macs import AuditKeys
from ports.audit import (
    AnchorTarget,
    AnchorUnavailable,
    AuditSealing,
    AuditUnsealable,
)
from ports.leases import Fence
from ports.storage import StorageUnavailable
from ports.time import Clock, Sleeper

BATCH = 1_000
POLL_S = 0.25
# What was being written at a mark is mostly over after so long.
SETTLE_S = 0.01
# Entries that wait longer are told of: until they are sealed, taking one away leaves no trace.
LATE_S = 1.0
_RETRY_S = 1.0


@dataclass(slots=True, kw_only=True)
class SealTrail:
    """Runs the chain behind those who write, who never wait for it.

    Heads are kept outside only after their links are durable: an anchor can be behind the
    database, and is never ahead of it. How many the first target has is counted in the database
    after that, so that neither can lose any without the other telling. on_state is told what
    keeps sealing, None when all is well; a chain that somebody changed under us stays told for
    this process's life. sealed: how many entries went with each batch.
    """

    sealing: AuditSealing
    anchors: Sequence[AnchorTarget]
    read_keys: Callable[[], AuditKeys]
    clock: Clock
    sleeper: Sleeper
    fence: Callable[[], Fence | None] = lambda: None
    on_state: Callable[[str | None], None] = lambda _: None
    sealed: Callable[[int], None] = lambda _: None
    _heads: dict[UUID, Head] = field(default_factory=dict)
    # Heads that a target does not have yet.
    _owed: dict[str, dict[UUID, Head]] = field(default_factory=dict)
    _tampered: str | None = None
    _caught_up_at: float = 0.0
    # How many heads the first target has been given, as the database knows.
    _anchored: int = 0

    async def __call__(self) -> None:
        """Run until cancelled; storage or a place for anchors that is away is waited for."""
        await self.begin()
        while True:
            problem = None
            try:
                await self.drain()
            except AuditUnsealable as found:
                self._tampered = str(found)
                # The chain goes on from what there is, and the anchors show where it broke.
                self._heads.clear()
            except (StorageUnavailable, AnchorUnavailable) as found:
                problem = str(found)
            self._tell(problem)
            await self.sleeper.sleep(POLL_S)

    async def drain(self) -> int:
        """Seal all that is written now, keep the heads, and return how many entries that were."""
        done, marked_at = 0, self.clock.monotonic()
        mark = await self.sealing.mark()
        while mark is not None:
            links = await self.sealing.seal(
                mark,
                keys=self.read_keys(),
                limit=BATCH,
                expected=self._heads.get,
                fence=self.fence(),
            )
            if links is None:
                if self.clock.monotonic() - marked_at > LATE_S:
                    return done
                await self.sleeper.sleep(SETTLE_S)
                continue
            self._learn(links)
            self.sealed(len(links))
            done += len(links)
            if len(links) < BATCH:
                break
        self._caught_up_at = marked_at
        await self._anchor()
        return done

    async def begin(self) -> None:
        """Get ready; storage or a place for anchors that is away is waited for."""
        self._caught_up_at = self.clock.monotonic()
        while True:
            try:
                empty = [await target.is_empty() for target in self.anchors]
                keys = self.read_keys()
                await self.sealing.begin(keys=keys, may_adopt=all(empty))
                # A life before this one may have ended between a link and its anchor.
                self._owe(await self.sealing.heads())
                await self._look_at_count(keys)
                return
            except (StorageUnavailable, AnchorUnavailable) as problem:
                self._tell(str(problem))
                await self.sleeper.sleep(_RETRY_S)

    async def _look_at_count(self, keys: AuditKeys) -> None:
        """Hold the first target's count against the database's, and let it go on from there."""
        self._anchored = await self.sealing.anchored(keys=keys)
        for target in self.anchors[:1]:
            there = await target.count()
            if there < self._anchored:
                self._tampered = (
                    f"{self._anchored} heads were anchored in {target.name}, and there are"
                    f" {there}: somebody took them away"
                )
            else:
                self._anchored = there
                await self.sealing.count_anchored(there, keys=keys)

    def _learn(self, links: Iterable[Link]) -> None:
        changed = {
            link.tenant_id: Head(
                tenant_id=link.tenant_id, position=link.position, link=link.link, seq=link.seq
            )
            for link in links
        }
        self._heads |= changed
        self._owe(changed.values())

    def _owe(self, heads: Iterable[Head]) -> None:
        for head in heads:
            for target in self.anchors:
                self._owed.setdefault(target.name, {})[head.tenant_id] = head

    async def _anchor(self) -> None:
        at = self.clock.now()
        problem: AnchorUnavailable | None = None
        for target in self.anchors:
            owed = self._owed.get(target.name)
            if not owed:
                continue
            records = [
                AnchorRecord(kind=AnchorKind.HEAD, head=head, at=at) for head in owed.values()
            ]
            try:
                if target is self.anchors[0]:
                    await self._count(target, records)
                else:
                    await target.append(records)
                owed.clear()
            except AnchorUnavailable as found:
                # The others are tried all the same, and this one with every round.
                problem = found
        if problem is not None:
            raise problem

    async def _count(self, target: AnchorTarget, records: Sequence[AnchorRecord]) -> None:
        """Keep records in the target that is counted: what it lost leaves a gap in its numbers."""
        there = await target.count()
        if there < self._anchored:
            self._tampered = (
                f"{self._anchored} heads were anchored in {target.name}, and there are {there}:"
                " somebody took them away"
            )
        last = await target.append(records, after=self._anchored)
        # What it holds that nobody counted yet is of a life that ended in between.
        self._anchored = last
        await self.sealing.count_anchored(last, keys=self.read_keys())

    def _tell(self, problem: str | None) -> None:
        late_s = self.clock.monotonic() - self._caught_up_at
        if problem is None and late_s > LATE_S:
            problem = f"entries have waited for {late_s:.1f} s to be sealed"
        self.on_state(self._tampered or problem)
