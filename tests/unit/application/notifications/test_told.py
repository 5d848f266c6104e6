"""People hear of what was committed, on the channels that they chose, until it has arrived."""

from dataclasses import replace
from uuid import UUID

import pytest

from domain.identity.access import Role
from domain.identity.notice import Priority
from domain.notifications.backoff import TRIES_MAX, back_off
from domain.notifications.message import Channel, NotificationType
from domain.notifications.notification import DeliveryState
from domain.notifications.preference import PER_HOUR, Digest
from tests.scripted_sender import LATER, NEVER
from tests.unit.application.notifications.context import (
    ACCOUNT,
    START,
    TENANT,
    make_context,
)

EMAIL, SMS, PUSH = Channel.EMAIL, Channel.SMS, Channel.PUSH


async def test_a_breach_reaches_who_trades_the_account_and_nobody_else() -> None:
    context = await make_context(EMAIL)
    owner = await context.person("owner", channels=[EMAIL])
    trader = await context.person("trader", role=Role.TRADER)
    await context.person("viewer", role=Role.VIEWER)
    await context.breach()
    await context.work()
    told = await context.told()
    assert {one.user_id for one in told} == {owner.user_id, trader.user_id}
    assert {one.type for one in told} == {NotificationType.RISK_BREACH}
    assert context.senders[EMAIL].subjects == ["[URGENT] Risk limit breached: Max Daily Loss"]
    message, address = context.senders[EMAIL].taken[0]
    assert address == "owner by EMAIL"
    assert "12 of at most 10" in message.text
    assert "12 of at most 10" in message.html
    # The trader has no address: that is said, not hidden.
    assert [one.reason for one in await context.deliveries(EMAIL)] == [
        "",
        "no confirmed address for EMAIL",
    ]


@pytest.mark.parametrize(
    ("type", "kind", "priority"),
    [
        ("order.filled", NotificationType.ORDER_FILLED, Priority.LOW),
        ("order.rejected", NotificationType.STRATEGY_ERROR, Priority.MEDIUM),
        ("position.changed", NotificationType.POSITION_UPDATE, Priority.LOW),
        ("risk.limit_near", NotificationType.RISK_BREACH, Priority.MEDIUM),
        ("dispatch.behind", NotificationType.SYSTEM_ALERT, Priority.HIGH),
        ("stream.alarm_raised", NotificationType.SYSTEM_ALERT, Priority.HIGH),
        ("agent.became_dead", NotificationType.STRATEGY_ERROR, Priority.HIGH),
        ("strategy.failed", NotificationType.STRATEGY_ERROR, Priority.HIGH),
        ("kill_switch.engaged", NotificationType.KILL, Priority.URGENT),
        ("kill_switch.canceled", NotificationType.KILL, Priority.HIGH),
        ("kill_switch.released", NotificationType.KILL, Priority.HIGH),
    ],
)
async def test_every_fact_has_its_type(
    type: str, kind: NotificationType, priority: Priority
) -> None:
    context = await make_context()
    await context.person("owner")
    await context.fact(
        type, account_id=ACCOUNT, state="filled", symbol="AAPL", side="buy", strategy_id="ema"
    )
    await context.work()
    (told,) = await context.told()
    assert (told.type, told.priority) == (kind, priority)


@pytest.mark.parametrize(
    ("kind", "type", "priority"),
    [
        ("unusual_login", NotificationType.SECURITY, Priority.HIGH),
        ("margin_warning", NotificationType.MARGIN, Priority.HIGH),
        ("kill_venue_unreachable", NotificationType.KILL, Priority.HIGH),
        ("succession.reminded", NotificationType.SUCCESSION, Priority.HIGH),
        ("system_restarted", NotificationType.SYSTEM_ALERT, Priority.MEDIUM),
    ],
)
async def test_every_notice_to_a_user_becomes_a_notification(
    kind: str, type: NotificationType, priority: Priority
) -> None:
    context = await make_context(EMAIL)
    owner = await context.person("owner", channels=[EMAIL])
    other = await context.person("other")
    id_ = await context.notice(owner, kind, city="Bern", link="/succession?x=1")
    await context.work()
    (told,) = await context.told(owner)
    assert (told.id, told.type, told.priority) == (id_, type, priority)
    assert "City: Bern" in told.text
    assert told.link == "/succession?x=1"
    assert "x=1" not in told.text
    assert not await context.told(other)
    assert len(context.senders[EMAIL].taken) == (priority is Priority.HIGH)


async def test_a_drill_and_a_part_fill_are_nobodys_news() -> None:
    context = await make_context()
    await context.person("owner")
    await context.fact("kill_switch.engaged", cause="drill")
    await context.fact("order.filled", account_id=ACCOUNT, state="partially_filled")
    await context.work()
    assert not await context.told()


async def test_what_comes_again_in_a_while_is_counted_and_sent_once() -> None:
    context = await make_context(EMAIL)
    owner = await context.person("owner", channels=[EMAIL])
    for _ in range(3):
        await context.breach()
        await context.work()
        context.clock.advance(60)
    (told,) = await context.told(owner)
    assert told.times == 3
    assert len(context.senders[EMAIL].taken) == 1
    context.clock.advance(300)
    await context.breach()
    await context.work()
    assert len(await context.told(owner)) == 2
    assert len(context.senders[EMAIL].taken) == 2


async def test_what_was_seen_and_comes_again_is_news() -> None:
    context = await make_context()
    owner = await context.person("owner")
    await context.breach()
    await context.work()
    await context.inbox.read((await context.told())[0].id, by=owner)
    await context.breach()
    await context.work()
    assert len(await context.told()) == 2


async def test_a_fact_that_is_handed_over_again_is_told_once() -> None:
    context = await make_context(EMAIL)
    owner = await context.person("owner", channels=[EMAIL])
    await context.breach()
    await context.notice(owner, "unusual_login", city="Bern")
    await context.work()
    deleted = (await context.told())[0].id
    await context.inbox.delete(deleted, by=owner)
    # The crash came before the cursor was kept.
    (await context.link.enter()).cursors.clear()
    await context.work()
    assert len(await context.told()) == 2
    assert len(context.senders[EMAIL].taken) == 2


async def test_a_channel_that_fails_for_good_falls_to_the_next() -> None:
    context = await make_context(EMAIL, SMS, PUSH)
    await context.person("owner", channels=[EMAIL, SMS])
    context.senders[EMAIL].answers.append(NEVER)
    await context.breach()
    await context.work()
    assert [one.state for one in await context.deliveries(EMAIL)] == [DeliveryState.FAILED]
    assert [one.reason for one in await context.deliveries(EMAIL)] == ["no such mailbox"]
    assert context.senders[SMS].subjects == ["[URGENT] Risk limit breached: Max Daily Loss"]


async def test_a_channel_that_was_switched_off_is_no_refuge() -> None:
    context = await make_context(EMAIL, SMS)
    owner = await context.person("owner", channels=[EMAIL, SMS])
    await context.prefer(owner, type=NotificationType.RISK_BREACH, channel=SMS, enabled=False)
    context.senders[EMAIL].answers.append(NEVER)
    await context.breach()
    await context.work()
    assert not context.senders[SMS].asked


async def test_a_provider_that_stumbles_is_asked_again_ever_later() -> None:
    context = await make_context(EMAIL)
    await context.person("owner", channels=[EMAIL])
    context.senders[EMAIL].answers.extend([LATER] * 12)
    await context.breach()
    await context.work()
    waits = []
    for _ in range(12):
        (delivery,) = await context.deliveries(EMAIL)
        assert delivery.due_at is not None
        waits.append((delivery.due_at - context.clock.now()).total_seconds())
        context.clock.advance(waits[-1])
        await context.work()
    assert waits == [5, 10, 20, 40, 80, 160, 320, 640, 900, 900, 900, 900]
    (delivery,) = await context.deliveries(EMAIL)
    assert (delivery.state, delivery.attempts) == (DeliveryState.SENT, 13)
    # The same message each time: the provider may know it again.
    assert len({message.id for message, _ in context.senders[EMAIL].asked}) == 1


async def test_what_must_be_heard_does_not_wait_for_a_provider_that_stumbles() -> None:
    context = await make_context(EMAIL, SMS)
    await context.person("owner", channels=[EMAIL, SMS])
    context.senders[EMAIL].answers.extend([LATER] * 5)
    await context.breach()
    for _ in range(4):
        await context.work()
        context.clock.advance(60)
    assert len(context.senders[SMS].taken) == 1


async def test_what_nobody_takes_for_a_day_has_failed() -> None:
    context = await make_context(EMAIL)
    await context.person("owner", channels=[EMAIL])
    context.senders[EMAIL].answers.extend([LATER] * 200)
    await context.breach()
    states = []
    while DeliveryState.FAILED not in states:
        states = [one.state for one in await context.deliveries(EMAIL)]
        await context.work()
        context.clock.advance(900)
    asked = len(context.senders[EMAIL].asked)
    assert asked == TRIES_MAX
    waited_s = [back_off(tries).total_seconds() for tries in range(1, TRIES_MAX)]
    assert sum(waited_s[:-1]) < 86_400 <= sum(waited_s)
    context.clock.advance(86_400)
    await context.work()
    assert len(context.senders[EMAIL].asked) == asked


async def test_quiet_hours_hold_back_all_but_what_is_urgent() -> None:
    context = await make_context(EMAIL)
    owner = await context.person("owner", channels=[EMAIL])
    for type_ in (NotificationType.RISK_BREACH, NotificationType.SYSTEM_ALERT):
        await context.prefer(
            owner, type=type_, channel=EMAIL, quiet_from="15:00", quiet_to="18:30", zone="UTC"
        )
    await context.fact("dispatch.behind", account_id=ACCOUNT, orders="3", oldest_s="9")
    await context.breach()
    await context.work()
    assert len(context.senders[EMAIL].taken) == 1
    waiting = [one for one in await context.deliveries(EMAIL) if one.state != DeliveryState.SENT]
    assert [one.reason for one in waiting] == ["waits for the end of quiet hours"]
    context.clock.advance(2.5 * 3_600)
    await context.work()
    assert context.senders[EMAIL].subjects[1:] == ["[HIGH] Orders wait to be sent"]


async def test_a_digest_gathers_what_is_low_into_one_message() -> None:
    context = await make_context(EMAIL)
    owner = await context.person("owner", channels=[EMAIL])
    await context.prefer(
        owner, type=NotificationType.ORDER_FILLED, channel=EMAIL, digest=Digest.HOURLY
    )
    for number in range(4):
        await context.fact(
            "order.filled", account_id=ACCOUNT, state="filled", symbol=f"S{number}", quantity="1"
        )
    await context.work()
    seen = (await context.told())[0]
    await context.inbox.read(seen.id, by=owner)
    assert not context.senders[EMAIL].asked
    context.clock.advance(3_600)
    await context.work()
    assert context.senders[EMAIL].subjects == ["3 notifications"]
    states = [one.state for one in await context.deliveries(EMAIL)]
    assert sorted(states) == ["sent", "sent", "sent", "suppressed"]


async def test_more_than_the_limit_waits_for_a_digest_and_is_not_lost() -> None:
    context = await make_context(SMS)
    owner = await context.person("owner", channels=[SMS])
    await context.prefer(owner, type=NotificationType.SECURITY, channel=SMS)
    for number in range(PER_HOUR[SMS] + 5):
        await context.notice(owner, "new_device", device=str(number))
    await context.work()
    assert len(context.senders[SMS].taken) == PER_HOUR[SMS]
    context.clock.advance(3_600)
    await context.work()
    assert context.senders[SMS].subjects[-1] == "5 notifications"


async def test_a_missing_sender_is_said() -> None:
    context = await make_context()
    await context.person("owner", channels=[EMAIL])
    await context.breach()
    await context.work()
    (delivery,) = await context.deliveries(EMAIL)
    assert delivery.state is DeliveryState.SUPPRESSED
    assert delivery.reason == "EMAIL is not set up in this installation"


async def test_a_firm_wide_stop_is_told_in_every_tenant() -> None:
    context = await make_context()
    owner = await context.person("owner")
    notice = await context.fact("kill_switch.engaged", scope="firm", reason="drill or not")
    database = await context.link.enter()
    database.notices[-1] = replace(notice, tenant_id=UUID(int=0))
    await context.work()
    (told,) = await context.told(owner)
    assert told.tenant_id == TENANT
    assert told.subject == "Kill switch activated: everything of the firm"


async def test_the_stream_says_that_there_is_something_and_not_what() -> None:
    context = await make_context()
    owner = await context.person("owner")
    await context.breach()
    await context.work()
    database = await context.link.enter()
    (told,) = [one for one in database.notices if one.family == "notifications"]
    assert told.channel == f"notifications:{owner.user_id}"
    assert told.type == "notification.created"
    assert set(told.body) == {"type", "priority", "subject"}


async def test_what_is_shut_in_is_not_listed_but_kept() -> None:
    context = await make_context()
    owner = await context.person("owner")
    await context.prefer(
        owner,
        type=NotificationType.POSITION_UPDATE,
        channel=Channel.IN_APP,
        least_priority=Priority.HIGH,
    )
    await context.fact("position.changed", account_id=ACCOUNT, symbol="AAPL", quantity="3")
    await context.work()
    assert len(await context.told()) == 1
    assert not await context.inbox.list(by=owner, limit=10)
    assert (await context.told())[0].at == START
