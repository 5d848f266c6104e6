"""Notifications over the memory adapters: a tenant, its people, and providers that obey."""

import base64
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from adapters.memory.access import MemoryMembers
from adapters.memory.database import MemoryDatabase, MemoryLink
from adapters.memory.identity import MemoryUsers
from adapters.memory.identity_scope import MemoryIdentityTransactions
from adapters.memory.ids import SeededIds
from adapters.memory.randomness import SeededRandomness
from adapters.memory.secrets import MemoryKeyMarks, MemorySealedStore
from adapters.memory.streams import MemoryJournal, MemoryWakeup
from adapters.memory.time import ManualClock, ManualSleeper
from adapters.memory.work import MemoryWorks
from adapters.security.envelope import EnvelopeVault
from adapters.security.given_keys import ListedKeys
from adapters.security.local_keys import LocalKeys
from application.identity.deps import IdentityDeps
from application.identity.notices import Notices
from application.identity.notify import notice_of
from application.notifications.claim import Claim, ClaimDue
from application.notifications.context import (
    ADDRESSES,
    DELIVERIES,
    ESCALATIONS,
    IN_USE,
    NOTIFICATIONS,
    PREFERENCES,
    NotifyContext,
    row_of,
)
from application.notifications.deliver import Deliver
from application.notifications.escalate import Escalate
from application.notifications.inbox import Inbox
from application.notifications.keep_channels import KeepChannels
from application.notifications.keep_preferences import KeepPreferences
from application.notifications.take_in import TakeIn
from application.shared.asker import Asker
from application.shared.change import Changes
from application.streams.relay import Relay
from domain.identity.access import GrantLevel, Role
from domain.identity.member import Member
from domain.identity.notice import Priority
from domain.identity.session import SessionLimits
from domain.identity.tenant import Tenant, User
from domain.notifications.address import ChannelAddress
from domain.notifications.message import Channel
from domain.notifications.notification import Delivery, Escalation, Notification
from domain.notifications.preference import Preference
from domain.shared.notices import Notice
from ports.secrets import SealedRow
from tests import builders
from tests.scripted_sender import ScriptedSender
from tests.tenants import add_user

START = datetime(2026, 3, 2, 16, 0, tzinfo=UTC)
TENANT, ACCOUNT = UUID(int=1), UUID(int=5)


@dataclass(slots=True, kw_only=True)
class Context:
    """One process over one database."""

    link: MemoryLink
    clock: ManualClock
    notify: NotifyContext
    members: MemoryMembers
    senders: dict[Channel, ScriptedSender]
    vault: EnvelopeVault
    feed: Relay
    deliver: Deliver
    escalate: Escalate
    inbox: Inbox
    preferences: KeepPreferences
    channels: KeepChannels
    failures: list[str]

    async def person(
        self, name: str, *, role: Role = Role.OWNER, channels: Sequence[Channel] = ()
    ) -> Asker:
        """Add somebody who is granted the account, with confirmed addresses."""
        user = User(
            id=builders.new_id(),
            tenant_id=TENANT,
            email=f"{name}@example.com",
            password_hash="-",
            created_at=START,
        )
        member: Member = await add_user(self.members, user, role=role)
        database = await self.link.enter()
        granted = {ACCOUNT: GrantLevel.ROLE}
        database.members[member.id] = replace(member, grants=granted)
        by = Asker(tenant_id=TENANT, actor=f"user:{user.id}", user_id=user.id)
        for channel in channels:
            await self.confirm(by, channel, address=f"{name} by {channel.value}")
        return by

    async def confirm(self, by: Asker, channel: Channel, *, address: str) -> None:
        """Store an address as confirmed."""
        assert by.user_id is not None
        kept = ChannelAddress(
            id=self.notify.changes.ids.new(),
            tenant_id=by.tenant_id,
            user_id=by.user_id,
            channel=channel,
            shown=address,
            confirmed_at=START,
        )
        row = row_of(kept, column=IN_USE)
        sealed = await self.vault.seal(address.encode(), row=row)
        async with self.notify.changes.works.begin(by.tenant_id) as work:
            await work.records(ADDRESSES).add(kept)
            await work.seal(SealedRow(row=row, sealed=sealed))

    async def prefer(self, by: Asker, **fields: Any) -> Preference:
        """Store a preference."""
        assert by.user_id is not None
        made = Preference(
            id=self.notify.changes.ids.new(),
            tenant_id=by.tenant_id,
            user_id=by.user_id,
            **fields,
        )
        await self.preferences.add(made, by=by)
        return made

    async def fact(self, type: str, *, account_id: UUID | None = None, **body: str) -> Notice:
        """Commit a fact, as order flow, the gate and the kill switch do."""
        database = await self.link.enter()
        notice = builders.notice(
            tenant_id=TENANT,
            sequence=len(database.notices) + 1,
            id=self.notify.changes.ids.new(),
            type=type,
            account_id=account_id,
            channel="risk",
            at=self.clock.now(),
            body=body,
        )
        database.notices.append(notice)
        return notice

    async def breach(self, rule: str = "Max Daily Loss") -> Notice:
        """Commit a breach of the account's limit."""
        return await self.fact(
            "risk.limit_breached",
            account_id=ACCOUNT,
            rule_name=rule,
            rule_id=rule,
            value="12",
            limit="10",
            action="WARN",
        )

    async def notice(
        self, by: Asker, kind: str, /, *, priority: Priority = Priority.MEDIUM, **detail: str
    ) -> UUID:
        """Keep a notice to a user, as every area does; return its id."""
        assert by.user_id is not None
        notice, entry = notice_of(
            tenant_id=by.tenant_id,
            user_id=by.user_id,
            kind=kind,
            detail=tuple(detail.items()),
            priority=priority,
            ids=self.notify.changes.ids,
            at=self.clock.now(),
            trace_id="",
        )
        async with self.notify.identity.begin() as scope:
            await scope.notices.add(notice)
            await scope.audit.add(entry)
        return notice.id

    async def work(self) -> None:
        """Take in what was committed, and send what is due."""
        await self.feed.resume()
        while await self.feed.drain():
            pass
        while await self.deliver.drain():
            pass

    async def told(self, by: Asker | None = None) -> Sequence[Notification]:
        """Return the notifications, of one person or of all, in order."""
        where: Mapping[str, object] = {} if by is None else {"user_id": by.user_id}
        async with self.notify.changes.works.look(TENANT) as look:
            return await look.records(NOTIFICATIONS).list(limit=10_000, where=where)

    async def deliveries(self, channel: Channel | None = None) -> Sequence[Delivery]:
        """Return the deliveries, on one channel or on all, in order."""
        where: Mapping[str, object] = {} if channel is None else {"channel": channel}
        async with self.notify.changes.works.look(TENANT) as look:
            return await look.records(DELIVERIES).list(limit=10_000, where=where)

    async def escalations(self) -> Sequence[Escalation]:
        """Return the escalations."""
        async with self.notify.changes.works.look(TENANT) as look:
            return await look.records(ESCALATIONS).list(limit=1_000)

    async def wishes(self, by: Asker) -> Sequence[Preference]:
        """Return a person's stored preferences."""
        async with self.notify.changes.works.look(TENANT) as look:
            return await look.records(PREFERENCES).list(limit=100, where={"user_id": by.user_id})

    async def watch(self, channel: Channel, *, for_s: float) -> Sequence[Claim]:
        """Look for what is due every five seconds, and return what was claimed at last."""
        claims = await self.claim(channel, priorities=tuple(Priority), limit=8)
        for _ in range(round(for_s / 5)):
            assert not claims
            self.clock.advance(5)
            claims = await self.claim(channel, priorities=tuple(Priority), limit=8)
        return claims

    @property
    def claim(self) -> ClaimDue:
        """What takes deliveries."""
        return self.deliver.claim


async def make_context(
    *channels: Channel,
    database: MemoryDatabase | None = None,
    clock: ManualClock | None = None,
    pause: Callable[[], Any] | None = None,
    seed: int = 1,
) -> Context:
    """Wire a process over a database, with providers for some channels."""
    database = database or MemoryDatabase()
    link = MemoryLink(database=database, **({} if pause is None else {"pause": pause}))
    database.tenants[TENANT] = Tenant(id=TENANT, name="Home", created_at=START)
    clock = clock or ManualClock(START)
    ids = SeededIds(clock=clock, seed=seed)
    changes = Changes(works=MemoryWorks(link), clock=clock, ids=ids)
    listed = f"1:{base64.b64encode(bytes(range(32))).decode()}"
    keys = LocalKeys(source=ListedKeys(text=listed))
    vault = EnvelopeVault(keys=keys, marks=MemoryKeyMarks(link), clock=clock)
    await vault.refresh()
    identity, members = MemoryIdentityTransactions(link), MemoryMembers(link)
    senders = {channel: ScriptedSender() for channel in channels}
    failures: list[str] = []
    sleeper = ManualSleeper(clock)
    randomness = SeededRandomness(seed)
    notify = NotifyContext(
        changes=changes,
        identity=identity,
        members=members,
        senders=senders,
        vault=vault,
        sealed=MemorySealedStore(link),
        sleeper=sleeper,
        on_failure=lambda channel, problem: failures.append(f"{channel.value}: {problem}"),
    )
    deliver = Deliver(context=notify)
    deps = IdentityDeps(
        transactions=identity,
        clock=clock,
        ids=ids,
        randomness=randomness,
        told=MemoryWakeup(),
        limits=SessionLimits(),
    )
    return Context(
        link=link,
        clock=clock,
        notify=notify,
        members=members,
        senders=senders,
        vault=vault,
        feed=Relay(
            journal=MemoryJournal(link),
            stream=TakeIn(context=notify, users=MemoryUsers(link), wake=deliver.wake),
            wakeup=MemoryWakeup(),
            sleeper=sleeper,
            reader="notifications",
        ),
        deliver=deliver,
        escalate=Escalate(
            context=notify,
            wake=deliver.wake,
            on_failure=lambda one, problem: failures.append(f"{one.id}: {problem}"),
        ),
        inbox=Inbox(context=notify, notices=Notices(deps=deps)),
        preferences=KeepPreferences(context=notify),
        channels=KeepChannels(context=notify, randomness=randomness),
        failures=failures,
    )
