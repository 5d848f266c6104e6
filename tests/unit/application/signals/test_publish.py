"""Signals are checked, kept once with their trail and notice, and handed on from what was kept."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.memory.database import MemoryDatabase, MemoryLink
from adapters.memory.ids import SeededIds
from adapters.memory.market import MemoryInstruments
from adapters.memory.signals import (
    MemorySignalArchive,
    MemorySignalStream,
)
from adapters.memory.streams import MemoryJournal
from adapters.memory.time import ManualClock
from adapters.memory.work import MemoryWorks
from application.shared.asker import Asker
from application.shared.change import Changes
from application.signals.forward import ForwardSignals
from application.signals.publish import (
    KnownSignal,
    PublishSignal,
    SignalFields,
    SignalLimits,
    SignalRepeated,
)
from application.signals.read import ReadSignals, SignalNotFound
from domain.market.instruments import Instrument
from domain.shared.values import InvalidValue
from domain.signals.signal import PATTERNS, PublishedSignal, SignalFilter, SignalSide, SignalState
from ports.signals import Signal, SignalsUnavailable
from ports.streams import StreamUnavailable
from tests import builders

TENANT = UUID(int=1)
BY = Asker(tenant_id=TENANT, actor="user:2", trace_id="t")
MARKET_AT = datetime(2008, 10, 10, 15, tzinfo=UTC)
FIELDS = SignalFields(symbol="AAPL", score=Decimal("0.7"), source="research")


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """The use cases over one memory database, and what a test looks at behind them."""

    link: MemoryLink
    clock: ManualClock
    publish: PublishSignal
    read: ReadSignals

    async def all(self) -> Sequence[PublishedSignal]:
        return await self.read.page(SignalFilter(), tenant_id=TENANT, limit=1_000)


@pytest.fixture
def context() -> Context:
    return new_context()


def new_context() -> Context:
    """Make a context on which nothing was said."""
    link, clock = MemoryLink(MemoryDatabase()), ManualClock(builders.AT)
    works = MemoryWorks(link)
    changes = Changes(
        works=works,
        clock=clock,
        ids=SeededIds(clock=clock, seed=1),
        market_now=lambda: MARKET_AT,
    )
    instruments = MemoryInstruments([Instrument(symbol=one, name=one) for one in ("AAPL", "IBM")])
    return Context(
        link=link,
        clock=clock,
        publish=PublishSignal(changes=changes, instruments=instruments, limits=SignalLimits()),
        read=ReadSignals(works=works, archive=MemorySignalArchive(link), clock=clock),
    )


async def kept(context: Context, **changes: Any) -> PublishedSignal:
    """Publish a signal that is kept."""
    made = await context.publish.publish(replace(FIELDS, **changes), by=BY)
    assert isinstance(made, PublishedSignal)
    return made


async def test_a_signal_is_kept_with_its_entry_and_its_notice(context: Context) -> None:
    made = await kept(context, id="s-1", meta={"b": "2", "a": "1"}, ttl_s=60)
    assert (made.side, made.strength, made.published_by) == (SignalSide.BUY, made.score, "user:2")
    assert made.expires_at - made.received_at == timedelta(seconds=60)
    assert await context.read.get("s-1", tenant_id=TENANT) == made
    (entry,), (notice,) = context.link.database.audit, context.link.database.notices
    assert (entry.action, entry.actor, entry.subject) == (
        "signal.published",
        "user:2",
        str(made.id),
    )
    assert (notice.channel, notice.type, notice.body["id"], notice.body["meta.a"]) == (
        "signals",
        "signal.published",
        "s-1",
        "1",
    )
    context.clock.advance(60)
    assert made.state(now=context.read.now()) is SignalState.EXPIRED


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"score": Decimal("1.000000000000000001")}, "score"),
        ({"score": Decimal(-2)}, "score"),
        ({"score": Decimal("NaN")}, "score"),
        ({"score": Decimal("Infinity")}, "score"),
        ({"symbol": "ZZZZ"}, "symbol"),
        ({"source": PATTERNS}, "source"),
        ({"source": "two words"}, "source"),
        ({"id": "a/b"}, "id"),
        ({"ttl_s": 0}, "ttl_s"),
        ({"meta": {str(one): "" for one in range(17)}}, "meta"),
        ({"meta": {"a": "\u202e"}}, "meta"),
        ({"timestamp": builders.AT - timedelta(seconds=301)}, "timestamp"),
        ({"timestamp": builders.AT - timedelta(seconds=61), "ttl_s": 60}, "timestamp"),
        ({"timestamp": builders.AT + timedelta(seconds=6)}, "timestamp"),
        ({"timestamp": MARKET_AT - timedelta(seconds=301)}, "timestamp"),
    ],
)
async def test_what_is_no_signal_is_refused_by_name(
    context: Context, wrong: dict[str, Any], field: str
) -> None:
    with pytest.raises(InvalidValue) as refused:
        await context.publish.publish(replace(FIELDS, **wrong), by=BY)
    assert refused.value.field == field
    assert await context.all() == []
    assert context.link.database.audit == []


async def test_a_signal_of_the_markets_time_holds_for_what_is_left_of_it(context: Context) -> None:
    made = await kept(context, timestamp=MARKET_AT - timedelta(seconds=100), ttl_s=250)
    assert made.expires_at == builders.AT + timedelta(seconds=150)


async def test_an_id_that_was_taken_in_is_refused_and_another_tenant_may_have_it(
    context: Context,
) -> None:
    first = await kept(context, id="s-1")
    with pytest.raises(SignalRepeated):
        await context.publish.publish(replace(FIELDS, id="s-1", score=Decimal(-1)), by=BY)
    assert await context.all() == [first]
    other = Asker(tenant_id=UUID(int=2), actor="user:3")
    assert isinstance(
        await context.publish.publish(replace(FIELDS, id="s-1"), by=other), PublishedSignal
    )
    assert await context.read.get("s-1", tenant_id=TENANT) == first


async def test_ids_drawn_and_given_are_found_and_nothing_else_is(context: Context) -> None:
    drawn, named = await kept(context), await kept(context, id=str(UUID(int=7)))
    assert await context.read.get(str(drawn.id), tenant_id=TENANT) == drawn
    assert await context.read.get(str(UUID(int=7)), tenant_id=TENANT) == named
    # Under its own id a named one is not known: that is ours.
    for absent in (str(named.id), str(UUID(int=8)), "nothing"):
        with pytest.raises(SignalNotFound):
            await context.read.get(absent, tenant_id=TENANT)
    with pytest.raises(SignalNotFound):
        await context.read.get(str(drawn.id), tenant_id=UUID(int=2))


async def test_an_alert_that_comes_again_is_one_and_the_same_words_later_are_another(
    context: Context,
) -> None:
    first = await context.publish.take_alert(FIELDS, by=BY, body=b"one")
    assert isinstance(first, PublishedSignal)
    context.clock.advance(299)
    assert await context.publish.take_alert(FIELDS, by=BY, body=b"one") == KnownSignal(first)
    assert isinstance(await context.publish.take_alert(FIELDS, by=BY, body=b"two"), PublishedSignal)
    context.clock.advance(301)
    again = await context.publish.take_alert(FIELDS, by=BY, body=b"one")
    assert isinstance(again, PublishedSignal)
    assert len(await context.all()) == 3


async def test_one_alert_ten_times_at_once_is_kept_once(context: Context) -> None:
    came = await asyncio.gather(
        *(context.publish.take_alert(FIELDS, by=BY, body=b"one") for _ in range(10))
    )
    (made,) = [one for one in came if isinstance(one, PublishedSignal)]
    assert [one for one in came if isinstance(one, KnownSignal)] == [KnownSignal(made)] * 9
    assert await context.all() == [made]


@settings(max_examples=300, deadline=None)
@given(score=st.decimals(allow_nan=True, allow_infinity=True), after=st.integers(-400, 400))
async def test_whatever_score_and_time_come_only_fitting_ones_are_kept(
    score: Decimal, after: int
) -> None:
    context = new_context()
    fields = replace(FIELDS, score=score, timestamp=builders.AT + timedelta(seconds=after))
    try:
        made = await context.publish.publish(fields, by=BY)
    except InvalidValue:
        assert await context.all() == []
        return
    assert isinstance(made, PublishedSignal)
    assert -1 <= made.score <= 1
    assert -300 <= after <= 5
    assert made.received_at < made.expires_at


async def test_what_was_committed_goes_on_the_stream_whole_and_in_order(context: Context) -> None:
    stream = MemorySignalStream(clock=context.clock)
    made = [await kept(context, score=Decimal(one) / 10) for one in range(3)]
    journal = MemoryJournal(context.link)
    notices = [one.notice for one in await journal.after(cursor="", limit=10)]
    other = builders.notice(tenant_id=TENANT, sequence=1)
    await ForwardSignals(stream=stream).publish([other, *notices])
    given_out = await stream.read(group="strategy_consumers", member="a", limit=10, wait_s=0)
    assert [one.signal.id for one in given_out] == [one.id for one in made]
    assert given_out[1].signal.body["score"] == "0.1"


async def test_a_stream_that_is_away_has_the_relay_come_again(context: Context) -> None:
    class Away(MemorySignalStream):
        async def add(self, signals: Sequence[Signal]) -> None:
            raise SignalsUnavailable("gone")

    await kept(context)
    notices = [one.notice for one in await MemoryJournal(context.link).after(cursor="", limit=10)]
    with pytest.raises(StreamUnavailable, match="gone"):
        await ForwardSignals(stream=Away(clock=context.clock)).publish(notices)
