"""Notices through providers that refuse, stall and lose replies, with a crash.

A thousand in the suite; as many as BALLAST_TEST_NOTICES says, such as 10000, by hand.
"""

import asyncio
import os
import random
from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from adapters.system.time import SystemSleeper
from application.identity.notify import notice_of
from application.notifications.context import (
    ADDRESSES,
    DELIVERIES,
    IN_USE,
    PREFERENCES,
    NotifyContext,
    row_of,
)
from application.notifications.deliver import Deliver
from application.notifications.find_due import LEASE_S
from application.notifications.take_in import TakeIn
from application.streams.relay import Relay
from bootstrap.areas import notifications
from bootstrap.settings.sections import Settings
from bootstrap.storage import Storage, build_postgres
from bootstrap.system import System
from domain.identity.access import Role
from domain.identity.notice import Priority
from domain.identity.tenant import User
from domain.notifications.address import ChannelAddress
from domain.notifications.message import Channel, Message, NotificationType
from domain.notifications.preference import Preference
from ports.notifications import NotSent, Sender, Sent
from ports.secrets import SealedRow
from ports.storage import StorageUnavailable
from ports.work import Look, Work
from tests.builders import new_id
from tests.tenants import add_user
from tests.unit.adapters.http.context import Context, open_context

pytestmark = pytest.mark.timeout(1_800)

PEOPLE = 20
EACH = int(os.environ.get("BALLAST_TEST_NOTICES", "1000")) // PEOPLE
NOTICES = PEOPLE * EACH
# Sent side by side by one process.
SIDE_BY_SIDE = 50


@dataclass(slots=True)
class FaultyProvider:
    """Takes most messages; refuses, stalls and loses its replies by chance."""

    chance: random.Random
    # May it refuse for good?
    is_strict: bool
    taken: Counter[UUID] = field(default_factory=Counter)
    answered: set[UUID] = field(default_factory=set)
    # Asked again although it had answered.
    asked_after_answer: set[UUID] = field(default_factory=set)

    def check(self, address: str) -> None:
        """Take any address."""

    async def send(self, message: Message, *, address: str) -> Sent | NotSent:
        """Do what chance says."""
        assert address
        if message.id in self.answered:
            self.asked_after_answer.add(message.id)
        fate = self.chance.random()
        await asyncio.sleep(0)
        if fate < 0.10:
            return NotSent(reason="busy", again=True)
        if fate < 0.13 and self.is_strict:
            return NotSent(reason="refused", again=False)
        if fate < 0.18:
            raise TimeoutError
        self.taken[message.id] += 1
        if fate < 0.23:
            return NotSent(reason="the reply was lost", again=True)
        self.answered.add(message.id)
        return Sent(reference=str(message.id))


@dataclass(slots=True)
class MortalWorks:
    """Storage as a process reaches it until it dies."""

    inner: Any
    dead: asyncio.Event = field(default_factory=asyncio.Event)

    def check(self) -> None:
        """Raise StorageUnavailable of the dead."""
        if self.dead.is_set():
            raise StorageUnavailable("this process is dead")

    @asynccontextmanager
    async def begin(self, tenant_id: UUID) -> AsyncIterator[Work]:
        """Open a transaction."""
        self.check()
        async with self.inner.begin(tenant_id) as work:
            yield work

    @asynccontextmanager
    async def look(self, tenant_id: UUID) -> AsyncIterator[Look]:
        """Open one that only reads."""
        async with self.inner.look(tenant_id) as look:
            yield look

    async def everywhere(self, *given: Any, **more: Any) -> Sequence[Any]:
        """Look everywhere."""
        self.check()
        return list(await self.inner.everywhere(*given, **more))


@dataclass(slots=True)
class LastAnswer:
    """A provider whose so-manyth answer comes to a process that dies of it."""

    inner: FaultyProvider
    dead: asyncio.Event
    left: int

    def check(self, address: str) -> None:
        """Take any address."""

    async def send(self, message: Message, *, address: str) -> Sent | NotSent:
        """Answer as the provider does."""
        answer = await self.inner.send(message, address=address)
        self.left -= isinstance(answer, Sent)
        if self.left <= 0:
            self.dead.set()
        return answer


def process_of(
    context: Context, senders: Mapping[Channel, Sender], *, works: MortalWorks | None = None
) -> Deliver:
    """Return what one more process sends with."""
    own: NotifyContext = context.parts.of(notifications.build).use_cases.inbox.context
    changes = own.changes if works is None else replace(own.changes, works=works)
    return Deliver(
        context=replace(
            own,
            senders=senders,
            changes=changes,
            # Whoever waits for the turn of another goes on by itself: nobody moves the clock then.
            sleeper=SystemSleeper(),
            on_failure=lambda *_: None,
        )
    )


async def furnish(context: Context, deliver: Deliver) -> list[UUID]:
    """Add people who are told by webhook, and by mail where that fails."""
    people, tenant_id = [], context.founded.tenant.id
    notify = deliver.context
    for number in range(PEOPLE):
        user = User(
            id=new_id(),
            tenant_id=tenant_id,
            email=f"person{number}@example.com",
            password_hash="-",
            created_at=context.clock.now(),
        )
        await add_user(context.storage.members, user, role=Role.TRADER)
        people.append(user.id)
        for channel in (Channel.WEBHOOK, Channel.EMAIL):
            kept = ChannelAddress(
                id=new_id(),
                tenant_id=tenant_id,
                user_id=user.id,
                channel=channel,
                confirmed_at=context.clock.now(),
            )
            row = row_of(kept, column=IN_USE)
            sealed = await notify.vault.seal(b"somewhere", row=row)
            wish = Preference(
                id=new_id(),
                tenant_id=tenant_id,
                user_id=user.id,
                type=NotificationType.SYSTEM_ALERT,
                channel=channel,
                least_priority=Priority.HIGH if channel is Channel.WEBHOOK else Priority.URGENT,
            )
            async with notify.changes.works.begin(tenant_id) as work:
                await work.records(ADDRESSES).add(kept)
                await work.records(PREFERENCES).add(wish)
                await work.seal(SealedRow(row=row, sealed=sealed))
    return people


async def give_notice(context: Context, user_id: UUID) -> None:
    """Keep a person's notices as every area does."""
    async with context.storage.identity.begin() as scope:
        for number in range(EACH):
            notice, _ = notice_of(
                tenant_id=context.founded.tenant.id,
                user_id=user_id,
                kind="system_told",
                detail=(("number", str(number)),),
                priority=Priority.HIGH,
                ids=context.parts.system.ids,
                at=context.clock.now(),
                trace_id="",
            )
            await scope.notices.add(notice)


async def take_in(context: Context, deliver: Deliver, *, crash: bool) -> None:
    """Bring what was committed in; with crash the cursor is lost once in the middle."""

    def feed() -> Relay:
        return Relay(
            journal=context.storage.journal,
            stream=TakeIn(context=deliver.context, users=context.storage.users, wake=lambda: None),
            wakeup=context.parts.wakeups.notifications,
            sleeper=context.parts.system.sleeper,
            reader="notifications",
        )

    if crash:
        # It has stored what it read, and dies before it keeps where it stands.
        dying = feed()
        await dying.resume()
        found = await context.storage.journal.after(cursor="", limit=700)
        await dying._stream.publish([one.notice for one in found])
    living = feed()
    await living.resume()
    await living.drain()


async def until_done(context: Context, *processes: Deliver) -> None:
    """Let processes send side by side until nothing is due, whenever that is."""
    for _ in range(200):
        sent = await asyncio.gather(*(one.drain(at_once=SIDE_BY_SIDE) for one in processes))
        open_ = await context.storage.works.everywhere(
            DELIVERIES, limit=1, where={"state": frozenset({"queued", "sending"})}
        )
        if not open_:
            return
        if not any(sent):
            context.clock.advance(900)
    raise AssertionError("it never ends")


async def test_none_is_lost_and_none_is_sent_twice_after_an_answer(
    database_url: str, tmp_path: Path
) -> None:
    settings = Settings(profile="cluster", database_url=database_url, data_dir=tmp_path)
    over: Callable[[System], Storage] = lambda system: build_postgres(  # noqa: E731 - as it is given
        settings=settings, system=system
    )
    connection = await asyncpg.connect(database_url)
    # Processes die here, and not the database: it need not wait for its disk.
    name = await connection.fetchval("SELECT current_database()")
    await connection.execute(f'ALTER DATABASE "{name}" SET synchronous_commit = off')
    async with open_context(storage_of=over) as context:
        chance = random.Random(16)
        senders = {
            Channel.WEBHOOK: FaultyProvider(chance, is_strict=True),
            Channel.EMAIL: FaultyProvider(chance, is_strict=False),
        }
        works = MortalWorks(context.storage.works)
        mortal = {name: LastAnswer(one, works.dead, 600) for name, one in senders.items()}
        first = process_of(context, mortal, works=works)
        second, third = process_of(context, senders), process_of(context, senders)
        for user_id in await furnish(context, second):
            await give_notice(context, user_id)
        await take_in(context, second, crash=True)
        told = "SELECT count(*) FROM notifications WHERE type = 'system_alert'"
        assert await connection.fetchval(told) == NOTICES

        dying = asyncio.create_task(first.drain(at_once=SIDE_BY_SIDE))
        await works.dead.wait()
        dying.cancel()
        with suppress(asyncio.CancelledError, StorageUnavailable):
            await dying
        held = {
            row["id"]
            for row in await connection.fetch(
                "SELECT id FROM notification_deliveries WHERE state = 'sending'"
            )
        }
        assert 0 < len(held) <= SIDE_BY_SIDE
        context.clock.advance(LEASE_S)
        await until_done(context, second, third)

        # None is lost: each was answered for on one channel at least.
        unheard = await connection.fetchval(
            "SELECT count(*) FROM notifications n WHERE type = 'system_alert' AND NOT EXISTS ("
            "SELECT 1 FROM notification_deliveries d WHERE d.notification_id = n.id"
            " AND d.state = 'sent' AND d.channel IN ('WEBHOOK', 'EMAIL'))"
        )
        assert unheard == 0
        answered = senders[Channel.WEBHOOK].answered | senders[Channel.EMAIL].answered
        sent = {
            row["id"]
            for row in await connection.fetch(
                "SELECT id FROM notification_deliveries"
                " WHERE state = 'sent' AND channel IN ('WEBHOOK', 'EMAIL')"
            )
        }
        assert sent <= answered
        # An answer that died with its process may be followed by another, such as a refusal.
        assert answered - sent <= held
        # None is sent after an answer, but what died with its process before it could say so.
        for sender in senders.values():
            assert sender.asked_after_answer <= held
        # What was refused for good went another way, with the reason kept.
        failed = await connection.fetchval(
            "SELECT count(*) FROM notification_deliveries WHERE state = 'failed'"
            " AND reason = 'refused'"
        )
        assert failed > NOTICES / 100
    await connection.close()
