"""Rows that somebody spoilt in the database itself keep nobody else from being told."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from uuid import UUID

import asyncpg

from application.identity.notify import notice_of
from application.notifications.context import ADDRESSES, IN_USE, PREFERENCES, row_of
from application.notifications.deliver import Deliver
from application.notifications.escalate import Escalate
from bootstrap.settings.sections import Settings
from bootstrap.storage import Storage, build_postgres
from bootstrap.system import System
from domain.identity.access import Role
from domain.identity.notice import Priority
from domain.identity.tenant import User
from domain.notifications.address import ChannelAddress
from domain.notifications.message import Channel, NotificationType
from domain.notifications.preference import Preference
from ports.secrets import SealedRow
from tests.builders import new_id
from tests.integration.notifications.test_ten_thousand import process_of, take_in
from tests.scripted_sender import ScriptedSender
from tests.tenants import add_user
from tests.unit.adapters.http.context import Context, open_context


async def person(context: Context, deliver: Deliver, name: str) -> UUID:
    """Add a person with an address and a wish, who is told of something urgent."""
    tenant_id, notify = context.founded.tenant.id, deliver.context
    user = User(
        id=new_id(),
        tenant_id=tenant_id,
        email=f"{name}@example.com",
        password_hash="-",
        created_at=context.clock.now(),
    )
    await add_user(context.storage.members, user, role=Role.OWNER)
    kept = ChannelAddress(
        id=new_id(),
        tenant_id=tenant_id,
        user_id=user.id,
        channel=Channel.EMAIL,
        confirmed_at=context.clock.now(),
    )
    row = row_of(kept, column=IN_USE)
    sealed = await notify.vault.seal(name.encode(), row=row)
    wish = Preference(
        id=new_id(),
        tenant_id=tenant_id,
        user_id=user.id,
        type=NotificationType.SYSTEM_ALERT,
        channel=Channel.EMAIL,
    )
    async with notify.changes.works.begin(tenant_id) as work:
        await work.records(ADDRESSES).add(kept)
        await work.records(PREFERENCES).add(wish)
        await work.seal(SealedRow(row=row, sealed=sealed))
    return user.id


async def tell(context: Context, user_id: UUID, what: str) -> None:
    """Keep an urgent notice of a person's."""
    async with context.storage.identity.begin() as scope:
        notice, _ = notice_of(
            tenant_id=context.founded.tenant.id,
            user_id=user_id,
            kind="system_told",
            detail=(("what", what),),
            priority=Priority.URGENT,
            ids=context.parts.system.ids,
            at=context.clock.now(),
            trace_id="",
        )
        await scope.notices.add(notice)


async def test_a_spoilt_wish_notification_and_incident_hold_up_nobody_else(
    database_url: str, tmp_path: Path
) -> None:
    settings = Settings(profile="cluster", database_url=database_url, data_dir=tmp_path)
    over: Callable[[System], Storage] = lambda system: build_postgres(  # noqa: E731 - as it is given
        settings=settings, system=system
    )
    connection = await asyncpg.connect(database_url)
    told: list[UUID] = []
    async with open_context(storage_of=over) as context:
        sender = ScriptedSender()
        plain = process_of(context, {Channel.EMAIL: sender})
        notify = replace(plain.context, on_unreadable=lambda of, _: told.append(of))
        deliver = Deliver(context=notify)
        escalate = Escalate(context=notify, wake=lambda: None, on_failure=lambda *_: None)
        first, second = [await person(context, deliver, name) for name in ("first", "second")]

        # A zone that the tables of time zones do not know any more.
        spoil = "UPDATE notification_preferences SET zone = 'Mars/Olympus' WHERE user_id = $1"
        await connection.execute(spoil, first)
        await tell(context, first, "one")
        await tell(context, second, "two")
        await take_in(context, deliver, crash=False)
        await deliver.drain()
        assert {address for _, address in sender.taken} == {"first", "second"}
        assert told
        assert set(told) == {first}

        # A notification and an incident of a type that there is not.
        sender.taken.clear()
        await tell(context, first, "three")
        await tell(context, second, "four")
        await take_in(context, deliver, crash=False)
        spoilt = await connection.fetchval(
            "UPDATE notifications SET type = 'nonsense' WHERE text LIKE '%three%' RETURNING id"
        )
        incident = await connection.fetchval(
            "UPDATE notification_escalations SET type = 'nonsense' WHERE text LIKE '%three%'"
            " RETURNING id"
        )
        assert spoilt
        await deliver.drain()
        assert [address for _, address in sender.taken] == ["second"]
        sender.taken.clear()
        context.clock.advance(300)
        await escalate.look()
        await deliver.drain()
        # Each of the three others is told again to the owners with an address.
        subjects = [message.text for message, _ in sender.taken]
        assert {
            what for what in ("one", "two", "four") if any(what in one for one in subjects)
        } == {
            "one",
            "two",
            "four",
        }
        assert incident in told
        assert not any("three" in one for one in subjects)
    await connection.close()
