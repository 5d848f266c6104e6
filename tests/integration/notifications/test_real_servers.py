"""Notices over sockets to servers that refuse, stall, hang up and lose replies, with a restart.

A thousand in the suite; as many as BALLAST_TEST_NOTICES says, such as 10000, by hand.
"""

import asyncio
import random
import re
from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from application.identity.notify import notice_of
from application.notifications.context import ADDRESSES, IN_USE, PREFERENCES, row_of
from application.notifications.deliver import Deliver
from bootstrap.notifications.senders import build_senders
from bootstrap.settings.notifications import NotificationSettings
from bootstrap.settings.sections import Settings
from bootstrap.storage import Storage, build_postgres
from bootstrap.system import System
from domain.identity.access import Role
from domain.identity.notice import Priority
from domain.identity.tenant import User
from domain.notifications.address import ChannelAddress
from domain.notifications.message import Channel, Message, NotificationType
from domain.notifications.preference import PER_HOUR, Preference
from ports.notifications import NotSent, Sender, Sent
from ports.secrets import SealedRow
from tests.builders import new_id
from tests.fakes.mail import MailServer
from tests.fakes.ntfy import NtfyServer
from tests.fakes.provider import Fault, Moods
from tests.fakes.twilio import SENDER, SID, TOKEN, TwilioServer
from tests.fakes.web import HOST
from tests.fakes.webhooks import WebhookReceiver
from tests.integration.notifications.test_ten_thousand import NOTICES, process_of, take_in
from tests.tenants import add_user
from tests.unit.adapters.http.context import Context, open_context

pytestmark = pytest.mark.timeout(1_800)

# How many in a hundred are told by which channel first, and how many of these to one person: as
# many as are sent at once in an hour.
SHARES = {Channel.EMAIL: 30, Channel.SMS: 10, Channel.PUSH: 20, Channel.WEBHOOK: 40}
EACH = {Channel.EMAIL: 60, Channel.SMS: 20, Channel.PUSH: 100, Channel.WEBHOOK: 400}
FAULTS = {
    Fault.BUSY: 0.06,
    Fault.REFUSING: 0.02,
    Fault.SILENT: 0.004,
    Fault.REPLY_LOST: 0.03,
    Fault.HANGING_UP: 0.02,
}
# Of a server that says nothing: long enough for one that is only slow, as on a loaded machine.
TIMEOUT_S = 8.0
_OPEN = "SELECT count(*) FROM notification_deliveries WHERE state IN ('queued', 'sending')"
_NUMBER = re.compile(r"Number: (\d+)")


def number_of(text: str) -> int:
    """Return which notice a message is of."""
    found = _NUMBER.search(text)
    assert found is not None
    return int(found[1])


@dataclass(slots=True)
class Ear:
    """Hears what a real sender answers, and notes what is sent after a yes."""

    inner: Sender
    asked: Counter[int] = field(default_factory=Counter)
    heard: set[int] = field(default_factory=set)
    after_yes: set[int] = field(default_factory=set)
    refused: set[int] = field(default_factory=set)

    def check(self, address: str) -> None:
        """Ask the sender."""
        self.inner.check(address)

    async def send(self, message: Message, *, address: str) -> Sent | NotSent:
        """Send, and remember what came of it."""
        number = number_of(message.text)
        self.asked[number] += 1
        if number in self.heard:
            self.after_yes.add(number)
        answer = await self.inner.send(message, address=address)
        if isinstance(answer, Sent):
            self.heard.add(number)
        elif not answer.again:
            self.refused.add(number)
        return answer


@dataclass(frozen=True, slots=True, kw_only=True)
class Providers:
    """The servers, what is sent with, and where each person is reached."""

    servers: Mapping[Channel, Any]
    ears: Mapping[Channel, Ear]
    addresses: Mapping[Channel, Callable[[int], str]]


@asynccontextmanager
async def providers(clock: Any) -> AsyncIterator[Providers]:
    """Start the servers, and build our senders to them as settings say."""
    async with AsyncExitStack() as stack:
        mail = await stack.enter_async_context(MailServer())
        texts = await stack.enter_async_context(TwilioServer())
        push = await stack.enter_async_context(NtfyServer())
        hooks = await stack.enter_async_context(WebhookReceiver())
        servers: dict[Channel, Any] = {
            Channel.EMAIL: mail,
            Channel.SMS: texts,
            Channel.PUSH: push,
            Channel.WEBHOOK: hooks,
        }
        for place, server in enumerate(servers.values()):
            server.moods = Moods(random.Random(place), FAULTS)
        own = NotificationSettings(
            smtp_host=HOST,
            smtp_port=mail.port,
            smtp_tls="none",
            smtp_from="Ballast <ballast@example.com>",
            twilio_account=SID,
            twilio_token=TOKEN,
            twilio_from=SENDER,
            twilio_url=texts.url,
            push_hosts=(HOST,),
            private_networks=("127.0.0.0/8",),
            timeout_s=TIMEOUT_S,
        )
        yield Providers(
            servers=servers,
            ears={one: Ear(sender) for one, sender in build_senders(own, clock=clock).items()},
            addresses={
                Channel.EMAIL: lambda person: f"person{person}@example.com",
                Channel.SMS: lambda person: f"+1555{person:07}",
                Channel.PUSH: lambda _: push.address,
                Channel.WEBHOOK: lambda _: hooks.address,
            },
        )


def planned() -> Sequence[tuple[Channel, range]]:
    """Return for each person the channel of theirs and the numbers of their notices."""
    people, number = [], 0
    for channel, share in SHARES.items():
        assert EACH[channel] <= PER_HOUR[channel]
        left = NOTICES * share // 100
        while left:
            some = min(left, EACH[channel])
            people.append((channel, range(number, number + some)))
            number, left = number + some, left - some
    return people


async def furnish(
    context: Context, deliver: Deliver, addresses: Mapping[Channel, Callable[[int], str]]
) -> int:
    """Add people with all addresses, who are told on one first; give each their notices."""
    tenant_id, notify, given = context.founded.tenant.id, deliver.context, 0
    for place, (first, numbers) in enumerate(planned()):
        user = User(
            id=new_id(),
            tenant_id=tenant_id,
            email=f"person{place}@example.com",
            password_hash="-",
            created_at=context.clock.now(),
        )
        await add_user(context.storage.members, user, role=Role.TRADER)
        async with notify.changes.works.begin(tenant_id) as work:
            for channel, address in addresses.items():
                kept = ChannelAddress(
                    id=new_id(),
                    tenant_id=tenant_id,
                    user_id=user.id,
                    channel=channel,
                    confirmed_at=context.clock.now(),
                )
                row = row_of(kept, column=IN_USE)
                sealed = await notify.vault.seal(address(place).encode(), row=row)
                await work.records(ADDRESSES).add(kept)
                await work.seal(SealedRow(row=row, sealed=sealed))
                wish = Preference(
                    id=new_id(),
                    tenant_id=tenant_id,
                    user_id=user.id,
                    type=NotificationType.SYSTEM_ALERT,
                    channel=channel,
                    least_priority=Priority.HIGH if channel is first else Priority.URGENT,
                )
                await work.records(PREFERENCES).add(wish)
        await give_notice(context, user.id, numbers)
        given += len(numbers)
    return given


async def give_notice(context: Context, user_id: UUID, numbers: range) -> None:
    """Keep a person's notices as every area does."""
    async with context.storage.identity.begin() as scope:
        for number in numbers:
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


async def send_until(
    reached: Callable[[int], bool],
    *,
    deliver: Deliver,
    of: asyncpg.Connection,
    context: Context,
) -> None:
    """Send as a process does, in time that passes faster, until as many deliveries are open."""
    living = asyncio.create_task(deliver.run())
    try:
        while not reached(await of.fetchval(_OPEN)):
            context.clock.advance(5)
            done, _ = await asyncio.wait({living}, timeout=0.25)
            for one in done:
                one.result()
    finally:
        living.cancel()
        with suppress(asyncio.CancelledError):
            await living


async def test_none_is_lost_on_the_way_to_real_servers_and_none_is_sent_after_a_yes(
    database_url: str, tmp_path: Path
) -> None:
    settings = Settings(profile="cluster", database_url=database_url, data_dir=tmp_path)
    over: Callable[[System], Storage] = lambda system: build_postgres(  # noqa: E731 - as it is given
        settings=settings, system=system
    )
    connection = await asyncpg.connect(database_url)
    name = await connection.fetchval("SELECT current_database()")
    await connection.execute(f'ALTER DATABASE "{name}" SET synchronous_commit = off')
    async with (
        open_context(storage_of=over) as context,
        providers(context.parts.system.clock) as there,
    ):
        first, second = (process_of(context, there.ears) for _ in range(2))
        assert await furnish(context, first, there.addresses) == NOTICES
        await take_in(context, first, crash=False)
        await send_until(
            lambda open_: open_ < NOTICES // 2, deliver=first, of=connection, context=context
        )
        # What a process that was stopped could not wait for: the answers are not known.
        held = await connection.fetch(
            "SELECT n.text FROM notification_deliveries d JOIN notifications n"
            " ON n.id = d.notification_id WHERE d.state = 'sending'"
        )
        unknown = {number_of(row["text"]) for row in held}
        await send_until(lambda open_: not open_, deliver=second, of=connection, context=context)

        rows = await connection.fetch(
            "SELECT n.text, d.channel, d.state FROM notification_deliveries d JOIN notifications n"
            " ON n.id = d.notification_id WHERE d.channel NOT IN ('IN_APP', 'WEBSOCKET')"
            " AND d.state <> 'suppressed'"
        )
    sent: dict[Channel, set[int]] = {channel: set() for channel in SHARES}
    for row in rows:
        if row["state"] == "sent":
            sent[Channel(row["channel"])].add(number_of(row["text"]))
    # None is lost: each was taken by one provider at least, and its server has it.
    assert set().union(*sent.values()) == set(range(NOTICES))
    again: set[int] = set()
    for channel, ear in there.ears.items():
        taken = Counter(number_of(text) for text in there.servers[channel].taken)
        assert sent[channel] <= ear.heard <= set(taken)
        # None is sent after a yes, but what nobody could wait for when the process was stopped.
        assert ear.after_yes <= unknown
        # What came twice came so because an answer to it was lost, once each time.
        assert all(count <= ear.asked[number] for number, count in taken.items())
        twice = {number for number, count in taken.items() if count > 1}
        assert all(ear.asked[number] > 1 for number in twice)
        again |= twice
    # Each kind of fault was met.
    assert again
    # What one provider refused for good went over another.
    refused = set().union(*(ear.refused for ear in there.ears.values()))
    assert refused
    assert refused <= set().union(*sent.values())
    await connection.close()
