"""People keep what they were told, how they want it, and where they are reached."""

import asyncio
from dataclasses import replace

import pytest

from adapters.memory.database import MemoryDatabase
from application.identity.deps import Asking
from application.notifications.find_due import LEASE_S
from application.notifications.inbox import NotificationNotFound
from application.notifications.keep_channels import ChannelNotFound, ChannelUnavailable, CodesSpent
from application.notifications.settle import Settle
from application.shared.asker import Asker
from domain.identity.access import Role
from domain.identity.notice import Priority
from domain.identity.tenant import Principal
from domain.notifications.message import Channel, NotificationType
from domain.notifications.notification import DeliveryState
from domain.shared.values import InvalidValue
from ports.notifications import Sent
from tests.scripted_sender import LATER, NEVER
from tests.unit.application.notifications.context import Context, make_context

EMAIL, SMS = Channel.EMAIL, Channel.SMS


def asking_of(by: Asker, context: Context) -> Asking:
    assert by.user_id is not None
    principal = Principal(
        user_id=by.user_id,
        tenant_id=by.tenant_id,
        token_id="t",
        expires_at=context.clock.now(),
    )
    return Asking(principal=principal)


async def test_what_is_urgent_is_told_again_to_owners_then_traders_then_both() -> None:
    context = await make_context(EMAIL)
    await context.person("owner", channels=[EMAIL])
    await context.person("trader", role=Role.TRADER, channels=[EMAIL])
    await context.breach()
    await context.work()
    rounds = []
    for _ in range(5):
        context.senders[EMAIL].taken.clear()
        context.clock.advance(300)
        await context.escalate.look()
        await context.work()
        rounds.append(sorted(address for _, address in context.senders[EMAIL].taken))
    owner, trader = "owner by EMAIL", "trader by EMAIL"
    assert rounds == [[owner], [trader], [owner, trader], [], []]
    assert len(await context.told()) == 2
    # Each time a message of its own: the provider must not take it for a repetition.
    assert len({one.id for one in await context.deliveries(EMAIL)}) == 6


async def test_who_takes_it_in_hand_takes_it_for_all() -> None:
    context = await make_context(EMAIL)
    await context.person("owner", channels=[EMAIL])
    trader = await context.person("trader", role=Role.TRADER, channels=[EMAIL])
    await context.breach()
    await context.work()
    (own,) = await context.told(trader)
    taken = await context.inbox.acknowledge(own.id, asking=asking_of(trader, context), by=trader)
    assert taken.acknowledged_at == taken.read_at == context.clock.now()
    context.senders[EMAIL].taken.clear()
    context.clock.advance(3_600)
    await context.escalate.look()
    await context.work()
    assert not context.senders[EMAIL].taken
    (escalation,) = await context.escalations()
    assert escalation.acknowledged_by == trader.user_id


async def test_an_acknowledged_notice_ends_the_rounds_too_and_the_other_way_round() -> None:
    context = await make_context()
    owner = await context.person("owner")
    ids = [
        await context.notice(owner, "kill_venue_unreachable", priority=Priority.URGENT, latch=name)
        for name in ("first", "second")
    ]
    await context.work()
    asking = asking_of(owner, context)
    await context.inbox.notices.acknowledge(asking, notice_id=ids[0])
    await context.inbox.acknowledge(ids[1], asking=asking, by=owner)
    async with context.notify.identity.begin() as scope:
        kept = await scope.notices.get(ids[1])
    assert kept is not None
    assert kept.acknowledged_at == context.clock.now()
    context.clock.advance(300)
    await context.escalate.look()
    assert [one.rounds for one in await context.escalations()] == [0, 0]
    assert [one.next_at for one in await context.escalations()] == [None, None]


async def test_nobody_sees_or_changes_what_is_anothers() -> None:
    context = await make_context()
    await context.person("owner")
    other = await context.person("other", role=Role.VIEWER)
    await context.breach()
    await context.work()
    (told,) = await context.told()
    for act in (context.inbox.get, context.inbox.read, context.inbox.delete):
        with pytest.raises(NotificationNotFound):
            await act(told.id, by=other)
    assert await context.inbox.read_all(by=other) == 0
    assert (await context.told())[0].read_at is None


async def test_all_are_read_and_cleared_and_counted() -> None:
    context = await make_context()
    owner = await context.person("owner")
    for number in range(450):
        await context.notice(owner, "new_device", device=str(number))
    await context.work()
    newest = await context.inbox.list(by=owner, limit=3)
    assert [one.text for one in newest] == [
        f"If that was not you, end the session and change your password.\nDevice: {number}"
        for number in (449, 448, 447)
    ]
    await context.inbox.read(newest[0].id, by=owner)
    assert await context.inbox.clear(by=owner) == 1
    assert await context.inbox.read_all(by=owner) == 449
    stats = await context.inbox.stats(by=owner)
    assert (stats.total, stats.unread) == (449, 0)
    assert stats.by_type[NotificationType.SECURITY] == 449
    assert await context.inbox.clear(by=owner) == 449
    assert not await context.inbox.list(by=owner, limit=10)


async def test_defaults_are_set_and_replace_what_was_there() -> None:
    context = await make_context()
    owner = await context.person("owner")
    await context.prefer(owner, type=NotificationType.KILL, channel=SMS)
    await context.preferences.set_defaults(by=owner)
    kept = await context.wishes(owner)
    assert {(one.channel, one.least_priority) for one in kept} == {
        (Channel.IN_APP, Priority.LOW),
        (Channel.WEBSOCKET, Priority.LOW),
        (EMAIL, Priority.HIGH),
    }
    assert len(kept) == 3 * len(NotificationType)


async def test_an_address_is_used_once_its_code_has_come_back() -> None:
    context = await make_context(EMAIL)
    owner = await context.person("owner")
    tried = await context.channels.ask(EMAIL, address="ann@example.com", by=owner)
    assert isinstance(tried.answer, Sent)
    await context.breach("before")
    await context.work()
    ((message, address),) = context.senders[EMAIL].taken
    assert address == "ann@example.com"
    with pytest.raises(InvalidValue, match="is not the code"):
        await context.channels.confirm(EMAIL, code="WRONG", by=owner)
    code = message.subject.rpartition(" ")[2]
    kept = await context.channels.confirm(EMAIL, code=code, by=owner)
    assert (kept.shown, kept.confirmed_at) == ("a***@example.com", context.clock.now())
    with pytest.raises(CodesSpent):
        await context.channels.confirm(EMAIL, code=code, by=owner)
    await context.breach("after")
    await context.work()
    assert context.senders[EMAIL].subjects[1:] == ["[URGENT] Risk limit breached: after"]
    database = await context.link.enter()
    stored = repr((database.records, database.audit, database.notices))
    assert code not in stored
    assert "ann@example.com" not in stored


async def test_until_another_address_is_confirmed_the_former_one_serves() -> None:
    context = await make_context(EMAIL)
    owner = await context.person("owner", channels=[EMAIL])
    await context.channels.ask(EMAIL, address="new@example.com", by=owner)
    await context.breach()
    await context.work()
    assert context.senders[EMAIL].taken[-1][1] == "owner by EMAIL"


async def test_codes_are_sent_seldom_and_guessed_at_few_times() -> None:
    context = await make_context(SMS)
    owner = await context.person("owner")
    await context.channels.ask(SMS, address="+1555", by=owner)
    with pytest.raises(CodesSpent):
        await context.channels.ask(SMS, address="+1556", by=owner)
    for _ in range(5):
        with pytest.raises(InvalidValue):
            await context.channels.confirm(SMS, code="WRONG", by=owner)
    code = context.senders[SMS].subjects[-1].rpartition(" ")[2]
    with pytest.raises(CodesSpent):
        await context.channels.confirm(SMS, code=code, by=owner)


async def test_a_test_message_says_what_the_provider_answered() -> None:
    context = await make_context(EMAIL)
    owner = await context.person("owner", channels=[EMAIL])
    other = await context.person("other")
    (kept,) = await context.channels.list(by=owner)
    assert (await context.channels.test(kept.id, by=owner)).answer == Sent(reference="taken")
    context.senders[EMAIL].answers.append(NEVER)
    assert (await context.channels.test(kept.id, by=owner)).answer == NEVER
    with pytest.raises(ChannelNotFound):
        await context.channels.test(kept.id, by=other)
    with pytest.raises(ChannelUnavailable):
        await context.channels.ask(SMS, address="+1555", by=owner)
    with pytest.raises(InvalidValue, match="leads nowhere"):
        await context.channels.ask(EMAIL, address="nowhere@", by=owner)
    await context.channels.remove(EMAIL, by=owner)
    assert not await context.channels.list(by=owner)
    assert not (await context.link.enter()).secrets


async def test_of_two_processes_one_claims_and_a_dead_ones_claim_lapses() -> None:
    database = MemoryDatabase()
    first = await make_context(EMAIL, database=database)
    await first.person("owner", channels=[EMAIL])
    await first.breach()
    await first.feed.resume()
    await first.feed.drain()
    second = await make_context(EMAIL, database=database, clock=first.clock, seed=2)
    lane = (Priority.URGENT,)
    taken = await asyncio.gather(
        *(one.claim(EMAIL, priorities=lane, limit=8) for one in (first, second))
    )
    assert sorted(map(len, taken)) == [0, 1]
    (before,) = taken[0] or taken[1]
    # Whoever holds it dies; nobody takes it before it was watched for as long as a lease.
    third = await make_context(EMAIL, database=database, clock=first.clock, seed=3)
    assert not await third.watch(EMAIL, for_s=LEASE_S - 5)
    (again,) = await third.watch(EMAIL, for_s=5)
    assert again.message.id == before.message.id
    # The dead was only slow: what it has to say of its claim counts no more, unless it arrived.
    await Settle(context=first.notify)(before, LATER)
    assert (await first.deliveries(EMAIL))[0].state is DeliveryState.SENDING
    await Settle(context=first.notify)(before, Sent(reference="late"))
    (delivery,) = await first.deliveries(EMAIL)
    assert (delivery.state, delivery.reference) == (DeliveryState.SENT, "late")


async def test_who_is_shut_out_is_told_nothing_more() -> None:
    context = await make_context(EMAIL)
    owner = await context.person("owner", channels=[EMAIL])
    await context.breach()
    await context.feed.resume()
    await context.feed.drain()
    database = await context.link.enter()
    assert owner.user_id is not None
    shut = replace(database.members[owner.user_id], disabled_at=context.clock.now())
    database.members[owner.user_id] = shut
    await context.work()
    assert not context.senders[EMAIL].asked
    assert [one.reason for one in await context.deliveries(EMAIL)] == ["the person is shut out"]


async def test_a_breach_is_sent_when_it_is_told_and_not_when_time_passes() -> None:
    context = await make_context(EMAIL)
    await context.person("owner", channels=[EMAIL])
    tasks = [asyncio.create_task(one()) for one in (context.feed, context.deliver.run)]
    await context.breach()
    async with asyncio.timeout(60):
        await context.senders[EMAIL].took.wait()
    # Nothing slept: the clock that everybody sleeps by never moved.
    assert context.clock.monotonic() == 0
    for task in tasks:
        task.cancel()
    await asyncio.wait(tasks)
