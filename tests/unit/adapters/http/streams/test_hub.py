"""The hub, tickets, and a place in a topic, by themselves."""

from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import UUID

from adapters.http.streams.hub import Hub, Topic
from adapters.http.streams.subscription import HELD_MAX, Subscription
from application.streams.channels import StreamChannel
from application.streams.facade import Snapshot
from domain.shared.notices import Notice

AT = datetime(2026, 1, 7, 15, 30, tzinfo=UTC)
TENANT = UUID("01900000-0000-7000-8000-000000000001")
ACCOUNT = UUID("01900000-0000-7000-8000-000000000002")
TOPIC: Topic = (TENANT, ACCOUNT, "orders")


def _notice(sequence: int, *, tenant_id: UUID = TENANT, channel: str = "orders") -> Notice:
    return Notice(
        id=UUID(int=sequence),
        tenant_id=tenant_id,
        account_id=ACCOUNT,
        channel=channel,
        sequence=sequence,
        type="order.accepted",
        subject="x",
        at=AT,
        market_at=AT,
    )


class _Reader:
    def __init__(self) -> None:
        self.got: list[tuple[int, str]] = []

    def offer(self, sequence: int, frame: str) -> None:
        self.got.append((sequence, frame))


class _Journal:
    """A journal that has what it was given; it stands for the streams' facade."""

    def __init__(self, notices: Sequence[Notice]) -> None:
        self.notices = list(notices)
        self.reads = 0

    async def replay(
        self,
        *,
        tenant_id: UUID,
        account_id: UUID | None,
        channel: StreamChannel,
        after_sequence: int,
        limit: int,
        user_id: UUID | None = None,
    ) -> Sequence[Notice]:
        self.reads += 1
        found = [one for one in self.notices if one.sequence > after_sequence]
        return found[:limit]

    async def snapshot(
        self, *, tenant_id: UUID, account_id: UUID | None, channel: StreamChannel
    ) -> Snapshot:
        return Snapshot(sequence=len(self.notices), rows=())


class _Line:
    """Takes frames in order."""

    def __init__(self) -> None:
        self.frames: list[str] = []

    def push(self, frame: str) -> None:
        self.frames.append(frame)

    async def push_when_room(self, frame: str) -> None:
        self.frames.append(frame)

    def sequences(self) -> list[int]:
        return [int(frame.partition('"sequence":')[2].partition(",")[0]) for frame in self.frames]


def _place(journal: _Journal) -> tuple[Subscription, _Line, list[Subscription]]:
    line = _Line()
    gaps: list[Subscription] = []
    place = Subscription(topic=TOPIC, outbox=line, streams=journal, on_gap=gaps.append)
    return place, line, gaps


async def test_a_notice_reaches_its_topic_alone_and_is_encoded_once() -> None:
    hub, ours, also, others = Hub(), _Reader(), _Reader(), _Reader()
    hub.follow(TOPIC, ours)
    hub.follow(TOPIC, also)
    hub.follow((TENANT, ACCOUNT, "fills"), others)
    hub.follow((ACCOUNT, ACCOUNT, "orders"), others)
    await hub.on_notice(_notice(1))
    assert [sequence for sequence, _ in ours.got] == [1]
    assert ours.got[0][1] is also.got[0][1]
    assert others.got == []
    hub.leave(TOPIC, ours)
    await hub.on_notice(_notice(2))
    assert len(ours.got) == 1
    assert len(also.got) == 2


async def test_a_repeat_is_known_and_a_gap_is_read_from_the_journal() -> None:
    journal = _Journal([_notice(sequence) for sequence in range(1, 6)])
    place, line, gaps = _place(journal)
    await place.catch_up()
    for sequence in (1, 1, 2, 1):
        place.offer(sequence, f'"sequence":{sequence},')
    assert line.sequences() == [1, 2]
    assert gaps == []
    place.offer(5, '"sequence":5,')
    assert gaps == [place]
    await place.catch_up()
    assert line.sequences() == [1, 2, 3, 4, 5]


async def test_more_than_can_be_held_is_let_go_and_read_again() -> None:
    journal = _Journal([_notice(sequence) for sequence in range(1, HELD_MAX + 51)])
    place, line, _ = _place(journal)
    for notice in journal.notices:
        place.offer(notice.sequence, f'"sequence":{notice.sequence},')
    await place.catch_up()
    assert line.sequences() == list(range(1, HELD_MAX + 51))


async def test_a_number_that_never_comes_does_not_hold_up_the_rest() -> None:
    journal = _Journal([])
    place, line, _ = _place(journal)
    place.offer(3, '"sequence":3,')
    await place.catch_up()
    place.offer(4, '"sequence":4,')
    assert line.sequences() == [3, 4]
    assert journal.reads == 1


async def test_only_a_number_that_was_told_can_be_gone_on_from() -> None:
    place, _, _ = _place(_Journal([_notice(1), _notice(2)]))
    assert [await place.knows(number) for number in (0, 1, 2, 3)] == [True, True, True, False]
