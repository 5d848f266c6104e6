"""Sealing waits for what is away, tells what is wrong, and anchors what is durable."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from uuid import UUID

import pytest

from adapters.memory.time import ManualClock
from application.audit.seal_trail import BATCH, LATE_S, POLL_S, SETTLE_S, SealTrail
from domain.audit.anchoring import AnchorKind, AnchorRecord
from domain.audit.chain import Head, Link
from domain.audit.macs import AuditKeys, audit_keys
from ports.audit import AnchorUnavailable, AuditUnsealable, Mark
from ports.leases import Fence
from ports.storage import StorageUnavailable
from tests import builders

KEYS = audit_keys(b"1" * 32)
TENANT, OTHER = UUID(int=7), UUID(int=8)
FENCE = Fence(name="audit", token=4)


class Over(Exception):
    """The test has seen enough."""


def link(position: int, *, tenant_id: UUID = TENANT) -> Link:
    return Link(
        tenant_id=tenant_id,
        position=position,
        seq=10 * position,
        entry_id=UUID(int=position),
        mac=b"m",
        key_id=KEYS.current.id,
        adopted=False,
        link=bytes([position % 256]) * 32,
    )


def head(position: int, *, tenant_id: UUID = TENANT) -> Head:
    one = link(position, tenant_id=tenant_id)
    return Head(tenant_id=tenant_id, position=position, link=one.link, seq=one.seq)


@dataclass
class Sealing:
    """Answers what it was given, one answer for each time; an exception is raised."""

    marks: list[Mark | Exception | None] = field(default_factory=list)
    answers: list[Sequence[Link] | Exception | None] = field(default_factory=list)
    known: Sequence[Head] = ()
    begun: list[bool] = field(default_factory=list)
    told: list[tuple[Mark, AuditKeys, int, Fence | None]] = field(default_factory=list)
    expecting: list[Head | None] = field(default_factory=list)
    counted: list[int] = field(default_factory=lambda: [0])

    async def mark(self) -> Mark | None:
        answer = self.marks.pop(0) if self.marks else None
        if isinstance(answer, Exception):
            raise answer
        return answer

    async def seal(
        self,
        mark: Mark,
        *,
        keys: AuditKeys,
        limit: int,
        expected: Callable[[UUID], Head | None],
        fence: Fence | None = None,
    ) -> Sequence[Link] | None:
        self.told.append((mark, keys, limit, fence))
        self.expecting.append(expected(TENANT))
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    async def heads(self) -> Sequence[Head]:
        return self.known

    async def anchored(self, *, keys: AuditKeys) -> int:
        assert keys is KEYS
        return self.counted[-1]

    async def count_anchored(self, number: int, *, keys: AuditKeys) -> None:
        assert keys is KEYS
        self.counted.append(number)

    async def begin(self, *, keys: AuditKeys, may_adopt: bool) -> None:
        assert keys is KEYS
        self.begun.append(may_adopt)


@dataclass
class Anchor:
    """Keeps records, or is away as often as it was told."""

    name: str = "file"
    away: int = 0
    is_old: bool = False
    kept: list[AnchorRecord] = field(default_factory=list)
    last: int = 0

    async def append(self, records: Sequence[AnchorRecord], *, after: int = 0) -> int:
        if self.away:
            self.away -= 1
            raise AnchorUnavailable(f"{self.name} is away")
        self.kept.extend(records)
        self.last = max(self.last, after) + len(records)
        return self.last

    async def count(self) -> int:
        return self.last

    async def is_empty(self) -> bool:
        if self.away:
            self.away -= 1
            raise AnchorUnavailable(f"{self.name} is away")
        return not self.is_old


@dataclass
class Sleeper:
    """Lets the time pass, and ends the test after so many sleeps."""

    clock: ManualClock
    enough: int = 1_000
    slept: list[float] = field(default_factory=list)

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        if len(self.slept) >= self.enough:
            raise Over
        self.clock.advance(seconds)


@dataclass
class Rig:
    """A sealer and all around it."""

    sealing: Sealing = field(default_factory=Sealing)
    anchors: list[Anchor] = field(default_factory=lambda: [Anchor()])
    clock: ManualClock = field(default_factory=lambda: ManualClock(builders.AT))
    enough: int = 1_000
    states: list[str | None] = field(default_factory=list)
    counts: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.sleeper = Sleeper(clock=self.clock, enough=self.enough)
        self.sealer = SealTrail(
            sealing=self.sealing,
            anchors=self.anchors,
            read_keys=lambda: KEYS,
            clock=self.clock,
            sleeper=self.sleeper,
            fence=lambda: FENCE,
            on_state=self.states.append,
            sealed=self.counts.append,
        )

    async def run(self) -> None:
        with pytest.raises(Over):
            await self.sealer()


def record(one: Head) -> AnchorRecord:
    return AnchorRecord(kind=AnchorKind.HEAD, head=one, at=builders.AT)


async def test_a_mark_is_sealed_in_batches_and_the_heads_are_kept() -> None:
    full = [link(position) for position in range(1, BATCH + 1)]
    sealing = Sealing(marks=[Mark(9, 0)], answers=[full, [link(1_001), link(1, tenant_id=OTHER)]])
    rig = Rig(sealing=sealing, anchors=[Anchor(), Anchor(name="table")])
    assert await rig.sealer.drain() == BATCH + 2
    assert rig.counts == [BATCH, 2]
    assert sealing.told == [(Mark(9, 0), KEYS, 1_000, FENCE)] * 2
    # The head that it knows is the one that the database must have.
    assert sealing.expecting == [None, head(1_000)]
    for anchor in rig.anchors:
        assert anchor.kept == [record(head(1_001)), record(head(1, tenant_id=OTHER))]
    # Kept once: what is not new is not kept again.
    assert await rig.sealer.drain() == 0
    assert [len(anchor.kept) for anchor in rig.anchors] == [2, 2]


async def test_what_is_being_written_is_waited_for_a_second() -> None:
    sealing = Sealing(marks=[Mark(9, 0)], answers=[None, None, [link(1)]])
    rig = Rig(sealing=sealing)
    assert await rig.sealer.drain() == 1
    assert rig.sleeper.slept == [SETTLE_S, SETTLE_S] == [0.01, 0.01]
    late = Rig(sealing=Sealing(marks=[Mark(9, 0)], answers=[None] * 1_000))
    assert await late.sealer.drain() == 0
    # Counted, for a sum of hundredths differs with the version of Python.
    assert 0 <= len(late.sleeper.slept) - round(LATE_S / SETTLE_S) <= 2
    assert late.anchors[0].kept == []


async def test_an_anchor_that_is_away_gets_its_heads_later_and_the_others_now() -> None:
    sealing = Sealing(marks=[Mark(9, 0)], answers=[[link(1)]])
    rig = Rig(sealing=sealing, anchors=[Anchor(away=1), Anchor(name="table")])
    with pytest.raises(AnchorUnavailable, match=r"^file is away$"):
        await rig.sealer.drain()
    assert [len(anchor.kept) for anchor in rig.anchors] == [0, 1]
    await rig.sealer.drain()
    assert [anchor.kept for anchor in rig.anchors] == [[record(head(1))]] * 2


@pytest.mark.parametrize("is_old", [False, True])
async def test_older_entries_are_adopted_only_where_nothing_was_anchored(is_old: bool) -> None:
    rig = Rig(anchors=[Anchor(), Anchor(name="table", is_old=is_old)])
    rig.sealing.known = [head(3)]
    await rig.sealer.begin()
    assert rig.sealing.begun == [not is_old]
    # A life before may have ended between a link and its anchor.
    await rig.sealer.drain()
    assert rig.anchors[0].kept == [record(head(3))]


async def test_the_beginning_waits_for_what_is_away() -> None:
    rig = Rig(anchors=[Anchor(away=2)])
    await rig.sealer.begin()
    assert rig.sleeper.slept == [1.0, 1.0]
    assert rig.states == ["file is away", "file is away"]
    assert rig.sealing.begun == [True]


async def test_it_runs_four_times_a_second_and_tells_that_all_is_well() -> None:
    rig = Rig(enough=3)
    await rig.run()
    assert rig.sleeper.slept == [POLL_S] * 3 == [0.25] * 3
    assert rig.states == [None, None, None]


@pytest.mark.parametrize(
    "away", [StorageUnavailable("storage is away"), AnchorUnavailable("storage is away")]
)
async def test_what_is_away_is_told_until_it_is_back(away: Exception) -> None:
    rig = Rig(sealing=Sealing(marks=[away, None]), enough=2)
    await rig.run()
    assert rig.states == ["storage is away", None]


async def test_a_chain_that_was_changed_stays_told_and_goes_on_from_what_there_is() -> None:
    sealing = Sealing(
        marks=[Mark(1, 0), Mark(2, 0), Mark(3, 0)],
        answers=[[link(1)], AuditUnsealable("it was changed"), [link(2)]],
    )
    rig = Rig(sealing=sealing, enough=3)
    await rig.run()
    assert rig.states == [None, "it was changed", "it was changed"]
    # What it knew of the chain was wrong: it expects nothing of it any more.
    assert sealing.expecting == [None, head(1), None]
    assert [one.head for one in rig.anchors[0].kept] == [head(1), head(2)]


async def test_entries_that_wait_longer_than_a_second_are_told() -> None:
    rig = Rig(sealing=Sealing(marks=[Mark(1, 0)], answers=[None] * 1_000))
    rig.sleeper.enough = 120
    await rig.run()
    (told,) = [one for one in rig.states if one]
    assert told.startswith("entries have waited for 1.0")
    assert told.endswith(" s to be sealed")


def test_what_nobody_wired_is_no_fence_and_no_one_to_tell() -> None:
    rig = Rig()
    bare = SealTrail(
        sealing=rig.sealing,
        anchors=[],
        read_keys=lambda: KEYS,
        clock=rig.clock,
        sleeper=rig.sleeper,
    )
    assert bare.fence() is None
    bare.on_state("nobody hears")
    bare.sealed(1)


async def test_heads_are_counted_once_they_are_kept_and_what_is_missing_stays_told() -> None:
    rig = Rig(sealing=Sealing(marks=[Mark(1, 0)], answers=[[link(1)]], counted=[5]))
    rig.anchors[0].last = 7
    rig.sleeper.enough = 2
    await rig.run()
    # What a life before this one kept and did not count is counted first.
    assert rig.sealing.counted == [5, 7, 8]
    assert rig.states[-1] is None

    lost = Rig(sealing=Sealing(marks=[Mark(1, 0)], answers=[[link(1)]], counted=[5]))
    lost.anchors[0].last = 2
    lost.sleeper.enough = 2
    await lost.run()
    # The count is never lowered, and what comes is numbered behind it.
    assert lost.sealing.counted == [5, 6]
    said = "5 heads were anchored in file, and there are 2: somebody took them away"
    assert lost.states[-1] == said
