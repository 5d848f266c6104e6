"""One person's records that cannot be read keep nobody else from being told."""

from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

from adapters.memory.identity import MemoryUsers
from application.notifications.deliver import Deliver
from application.notifications.escalate import Escalate
from application.notifications.take_in import TakeIn
from domain.identity.access import Role
from domain.notifications.message import Channel, NotificationType
from ports.storage import StorageCorrupt, StorageUnavailable
from ports.work import Kind, Work
from tests.scripted_sender import NEVER
from tests.unit.application.notifications.context import Context, make_context

EMAIL = Channel.EMAIL


@dataclass(slots=True)
class _Records:
    """Records of which some do not fit their type any more, as Postgres has them."""

    inner: Any
    corrupt: set[UUID]

    async def get(self, id: UUID) -> Any:
        """Return one that fits."""
        return self._fit([await self.inner.get(id)])[0]

    async def list(self, **how: Any) -> Sequence[Any]:
        """Return those that fit."""
        return self._fit(await self.inner.list(**how))

    def _fit(self, found: Iterable[Any]) -> Sequence[Any]:
        kept = list(found)
        for one in kept:
            if one is not None and one.id in self.corrupt:
                raise StorageCorrupt(f"{one.id}: 'PIGEON' is not a valid Channel")
        return kept

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inner, name)


@dataclass(slots=True)
class _Work:
    inner: Work
    corrupt: set[UUID]

    def records(self, kind: Kind[Any]) -> Any:
        """Return the records of a kind."""
        return _Records(self.inner.records(kind), self.corrupt)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inner, name)


@dataclass(slots=True)
class SpoiltWorks:
    """Storage in which somebody spoilt some records."""

    inner: Any
    corrupt: set[UUID] = field(default_factory=set)

    @asynccontextmanager
    async def begin(self, tenant_id: UUID) -> AsyncIterator[Any]:
        """Open a transaction."""
        async with self.inner.begin(tenant_id) as work:
            yield _Work(work, self.corrupt)

    def look(self, tenant_id: UUID) -> Any:
        """Open one that only reads."""
        return self.inner.look(tenant_id)

    async def everywhere(
        self,
        kind: Kind[Any],
        *,
        limit: int,
        unreadable: Callable[[UUID, str], None] | None = None,
        **more: Any,
    ) -> Sequence[Any]:
        """Return a page of which those that fit are left."""
        found = await self.inner.everywhere(kind, limit=limit, **more)
        for one in found:
            if one.id in self.corrupt:
                if unreadable is None:
                    raise StorageCorrupt(f"{one.id}: 'LOUD' is not a valid Priority")
                unreadable(one.id, "'LOUD' is not a valid Priority")
        return [one for one in found if one.id not in self.corrupt]


@dataclass(slots=True)
class Spoilt:
    """A process over spoilt storage, and what it told of."""

    context: Context
    works: SpoiltWorks
    told: list[UUID]
    deliver: Deliver
    escalate: Escalate

    async def take_in(self) -> None:
        """Bring everything in that was committed, and send what is due."""
        context = self.context
        feed = TakeIn(
            context=self.deliver.context, users=MemoryUsers(context.link), wake=lambda: None
        )
        database = await context.link.enter()
        await feed.publish(list(database.notices))
        await self.deliver.drain()


async def spoilt() -> Spoilt:
    """Return a process, with nothing spoilt yet."""
    context = await make_context(EMAIL)
    told: list[UUID] = []
    works = SpoiltWorks(context.notify.changes.works)
    notify = replace(
        context.notify,
        changes=replace(context.notify.changes, works=works),
        on_unreadable=lambda of, _: told.append(of),
    )
    escalate = Escalate(context=notify, wake=lambda: None, on_failure=context.escalate.on_failure)
    return Spoilt(context, works, told, Deliver(context=notify), escalate)


def addresses(context: Context) -> list[str]:
    """Return who was sent something, in order."""
    return sorted(address for _, address in context.senders[EMAIL].taken)


async def test_deliveries_that_cannot_be_read_hold_up_no_others() -> None:
    one = await spoilt()
    # More of them than are taken at a time, and all before the others.
    for number in range(20):
        await one.context.person(f"first{number}", channels=[EMAIL])
    await one.context.person("second", channels=[EMAIL])
    await one.context.breach()
    await one.context.feed.resume()
    await one.context.feed.drain()
    queued = await one.context.deliveries(EMAIL)
    one.works.corrupt |= {delivery.id for delivery in queued[:20]}
    await one.deliver.drain()
    assert addresses(one.context) == ["second by EMAIL"]
    assert set(one.told) == one.works.corrupt


async def test_a_notification_that_cannot_be_read_holds_up_no_other() -> None:
    one = await spoilt()
    for number in range(20):
        await one.context.person(f"first{number}", channels=[EMAIL])
    await one.context.person("second", channels=[EMAIL])
    await one.context.breach()
    await one.context.feed.resume()
    await one.context.feed.drain()
    queued = await one.context.deliveries(EMAIL)
    broken = queued[:20]
    one.works.corrupt |= {delivery.notification_id for delivery in broken}
    await one.deliver.drain()
    assert addresses(one.context) == ["second by EMAIL"]
    assert set(one.told) == {delivery.id for delivery in broken}
    # Once somebody has mended them they are sent.
    one.works.corrupt.clear()
    one.context.clock.advance(60)
    await one.deliver.drain()
    assert len(addresses(one.context)) == 21


async def test_wishes_that_cannot_be_read_are_told_of_and_their_person_as_by_default() -> None:
    one = await spoilt()
    first = await one.context.person("first", channels=[EMAIL])
    await one.context.person("second", channels=[EMAIL])
    wish = await one.context.prefer(first, type=NotificationType.RISK_BREACH, channel=EMAIL)
    one.works.corrupt.add(wish.id)
    await one.context.breach()
    await one.take_in()
    assert addresses(one.context) == ["first by EMAIL", "second by EMAIL"]
    assert one.told == [first.user_id]
    one.context.clock.advance(300)
    await one.escalate.look()
    await one.deliver.drain()
    assert len(addresses(one.context)) == 4


async def test_of_two_incidents_the_one_that_cannot_be_read_holds_up_no_other() -> None:
    one = await spoilt()
    await one.context.person("owner", channels=[EMAIL])
    await one.context.person("trader", role=Role.TRADER, channels=[EMAIL])
    await one.context.breach("first")
    await one.context.breach("second")
    await one.take_in()
    before, _ = await one.context.escalations()
    one.works.corrupt.add(before.id)
    one.context.clock.advance(300)
    one.context.senders[EMAIL].taken.clear()
    await one.escalate.look()
    await one.deliver.drain()
    ((message, address),) = one.context.senders[EMAIL].taken
    assert address == "owner by EMAIL"
    assert "second" in message.subject
    assert set(one.told) == {before.id}


async def test_notifications_of_one_person_that_cannot_be_read_keep_no_other_from_news() -> None:
    one = await spoilt()
    first = await one.context.person("first", channels=[EMAIL])
    await one.context.person("second", channels=[EMAIL])
    await one.context.breach()
    await one.take_in()
    (kept,) = await one.context.told(first)
    one.works.corrupt.add(kept.id)
    await one.context.breach()
    await one.context.breach("another")
    await one.take_in()
    assert addresses(one.context).count("second by EMAIL") == 2
    assert first.user_id in one.told


async def test_what_cannot_fall_to_the_next_channel_has_failed_and_stops_nobody() -> None:
    one = await spoilt()
    await one.context.person("first", channels=[EMAIL])
    await one.context.person("second", channels=[EMAIL])
    await one.context.breach()
    await one.context.feed.resume()
    await one.context.feed.drain()
    told = {each.notification_id: each for each in await one.context.deliveries(Channel.IN_APP)}
    queued = await one.context.deliveries(EMAIL)
    one.works.corrupt.add(told[queued[0].notification_id].id)
    one.context.senders[EMAIL].answers.append(NEVER)
    await one.deliver.drain()
    states = [each.state.value for each in await one.context.deliveries(EMAIL)]
    assert states == ["failed", "sent"]
    assert one.told == [queued[0].id]


@dataclass(slots=True)
class AwayOnce:
    """Sealed secrets that cannot be read the first time."""

    inner: Any
    asked: int = 0

    async def get(self, row: Any) -> Any:
        """Fail once."""
        self.asked += 1
        if self.asked == 1:
            raise StorageUnavailable("the database did not answer in time")
        return await self.inner.get(row)


async def test_an_address_that_cannot_be_read_now_is_tried_again_and_stops_nobody() -> None:
    context = await make_context(EMAIL)
    await context.person("first", channels=[EMAIL])
    await context.person("second", channels=[EMAIL])
    await context.breach()
    await context.feed.resume()
    await context.feed.drain()
    sealed: Any = AwayOnce(context.notify.sealed)
    deliver = Deliver(context=replace(context.notify, sealed=sealed))
    await deliver.drain()
    assert len(addresses(context)) == 1
    context.clock.advance(5)
    await deliver.drain()
    assert len(addresses(context)) == 2
