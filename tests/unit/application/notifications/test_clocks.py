"""A clock on the wall that is set, by whomever, neither holds a message back nor doubles it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from adapters.memory.work import MemoryWorks
from application.notifications.deliver import Deliver
from application.notifications.find_due import LEASE_S
from domain.identity.notice import Priority
from domain.notifications.message import Channel, Message, NotificationType
from domain.notifications.notification import DeliveryState
from domain.notifications.preference import Digest
from ports.notifications import Sent
from ports.storage import StorageUnavailable
from ports.work import Work
from tests.scripted_sender import LATER, SENT
from tests.unit.application.notifications.context import ACCOUNT, Context, make_context

EMAIL = Channel.EMAIL
YEAR, HOUR = timedelta(days=365), timedelta(hours=1)
SETTINGS = [-YEAR, -HOUR, HOUR, YEAR]


def set_by(context: Context, by: timedelta) -> None:
    """Set the clock on the wall."""
    context.clock.set_wall(context.clock.now() + by)


async def fed(*, waits: bool = False) -> Context:
    """Return a context in which an owner is about to be told of a breach."""
    context = await make_context(EMAIL)
    await context.person("owner", channels=[EMAIL])
    if waits:
        context.senders[EMAIL].answers.append(LATER)
    await context.breach()
    await context.feed.resume()
    await context.feed.drain()
    return context


@pytest.mark.parametrize("by", SETTINGS)
async def test_what_is_new_goes_at_once_whatever_the_clock_says(by: timedelta) -> None:
    context = await fed()
    set_by(context, by)
    await context.deliver.drain()
    assert len(context.senders[EMAIL].taken) == 1


@pytest.mark.parametrize("by", SETTINGS)
async def test_what_waits_to_be_tried_again_waits_a_quarter_of_an_hour_at_most(
    by: timedelta,
) -> None:
    context = await fed(waits=True)
    await context.deliver.drain()
    set_by(context, by)
    for _ in range(180):
        context.clock.advance(5)
        await context.deliver.drain()
    assert len(context.senders[EMAIL].taken) == 1


@pytest.mark.parametrize("by", SETTINGS)
async def test_no_clock_makes_a_first_try_the_last(by: timedelta) -> None:
    context = await fed(waits=True)
    set_by(context, by)
    await context.deliver.drain()
    (delivery,) = await context.deliveries(EMAIL)
    assert delivery.state is DeliveryState.QUEUED


@dataclass(slots=True)
class SlowSender:
    """A provider that answers once the test lets it."""

    asked: list[Message] = field(default_factory=list)
    may_answer: asyncio.Event = field(default_factory=asyncio.Event)
    was_asked: asyncio.Event = field(default_factory=asyncio.Event)

    def check(self, address: str) -> None:
        """Take any address."""

    async def send(self, message: Message, *, address: str) -> Sent:
        """Answer when it may."""
        assert address
        self.asked.append(message)
        self.was_asked.set()
        await self.may_answer.wait()
        return SENT


@pytest.mark.parametrize("by", SETTINGS)
async def test_what_is_being_sent_is_sent_by_nobody_else(by: timedelta) -> None:
    context = await fed()
    slow = SlowSender()
    first = Deliver(context=replace(context.notify, senders={EMAIL: slow}))
    sending = asyncio.create_task(first.drain())
    await slow.was_asked.wait()
    set_by(context, by)
    # The sender waits for its answer no longer than half a minute: that is watched here.
    for _ in range(12):
        context.clock.advance(5)
        assert await context.deliver.drain() == 0
        # Nor does the process that sends it take itself for dead, however long it takes.
        assert not await first.claim(EMAIL, priorities=tuple(Priority), limit=8)
    slow.may_answer.set()
    await sending
    (delivery,) = await context.deliveries(EMAIL)
    assert delivery.state is DeliveryState.SENT
    assert not context.senders[EMAIL].asked
    assert len(slow.asked) == 1


@pytest.mark.parametrize("by", SETTINGS)
async def test_what_died_with_its_process_is_sent_after_the_lease_whatever_the_clock_says(
    by: timedelta,
) -> None:
    context = await fed()
    dead = Deliver(context=context.notify)
    assert await dead.claim(EMAIL, priorities=tuple(Priority), limit=8)
    set_by(context, by)
    assert not await context.watch(EMAIL, for_s=LEASE_S - 5)
    (claim,) = await context.watch(EMAIL, for_s=5)
    await context.deliver.send(claim)
    assert len(context.senders[EMAIL].taken) == 1


async def test_time_in_which_nobody_looked_is_no_proof_of_a_death() -> None:
    context = await fed()
    dead = Deliver(context=context.notify)
    assert await dead.claim(EMAIL, priorities=tuple(Priority), limit=8)
    assert not await context.claim(EMAIL, priorities=tuple(Priority), limit=8)
    # Storage was away for us: it may have been so for who sends, who has its answer at hand.
    context.clock.advance(LEASE_S * 10)
    assert not await context.claim(EMAIL, priorities=tuple(Priority), limit=8)
    assert await context.watch(EMAIL, for_s=LEASE_S - 10)


@dataclass(slots=True)
class MissingStorage:
    """Storage that is away for whoever changes anything."""

    inner: MemoryWorks
    is_away: bool = True
    failures: int = 0

    @asynccontextmanager
    async def begin(self, tenant_id: UUID) -> AsyncIterator[Work]:
        """Open a transaction, unless it is away."""
        if self.is_away:
            self.failures += 1
            raise StorageUnavailable("away")
        async with self.inner.begin(tenant_id) as work:
            yield work

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inner, name)


async def test_an_answer_is_kept_however_long_storage_is_away() -> None:
    context = await fed()
    (claim,) = await context.claim(EMAIL, priorities=tuple(Priority), limit=8)
    assert isinstance(context.notify.changes.works, MemoryWorks)
    works: Any = MissingStorage(context.notify.changes.works)
    changes = replace(context.notify.changes, works=works)
    sending = asyncio.create_task(
        Deliver(context=replace(context.notify, changes=changes)).send(claim)
    )
    while works.failures < 1_000:
        await asyncio.sleep(0)
        context.clock.advance(1)
    assert not sending.done()
    works.is_away = False
    while not sending.done():
        await asyncio.sleep(0)
        context.clock.advance(1)
    assert isinstance(await sending, Sent)
    (delivery,) = await context.deliveries(EMAIL)
    assert delivery.state is DeliveryState.SENT


@pytest.mark.parametrize("by", SETTINGS)
async def test_the_rounds_come_every_five_minutes_whatever_the_clock_says(by: timedelta) -> None:
    context = await fed()
    await context.escalate.look()
    rounds = []
    for turn in range(36):
        if turn in (3, 20):
            set_by(context, by)
        context.clock.advance(30)
        await context.escalate.look()
        rounds.append((await context.escalations())[0].rounds)
    assert [rounds.index(number) for number in (1, 2, 3)] == [9, 19, 29]


@pytest.mark.parametrize("by", [-YEAR, -HOUR])
async def test_a_clock_set_back_while_nobody_looked_delays_a_round_by_one_at_most(
    by: timedelta,
) -> None:
    context = await fed()
    set_by(context, by)
    for _ in range(61):
        await context.escalate.look()
        context.clock.advance(5)
    assert (await context.escalations())[0].rounds == 1


async def test_a_digest_that_is_due_in_a_year_is_told_now_and_as_one() -> None:
    context = await make_context(EMAIL)
    owner = await context.person("owner", channels=[EMAIL])
    await context.prefer(
        owner, type=NotificationType.ORDER_FILLED, channel=EMAIL, digest=Digest.DAILY
    )
    for symbol in ("AAPL", "MSFT", "NVDA"):
        await context.fact(
            "order.filled", account_id=ACCOUNT, state="filled", symbol=symbol, quantity="1"
        )
    await context.work()
    assert not context.senders[EMAIL].asked
    set_by(context, -YEAR)
    context.clock.advance(5)
    await context.work()
    assert context.senders[EMAIL].subjects == ["3 notifications"]


async def test_a_clock_set_back_keeps_nobody_from_a_code() -> None:
    context = await make_context(EMAIL)
    owner = await context.person("owner")
    await context.channels.ask(EMAIL, address="ann@example.com", by=owner)
    set_by(context, -YEAR)
    await context.channels.ask(EMAIL, address="ann@example.com", by=owner)
    assert len(context.senders[EMAIL].taken) == 2
