"""People are told when and where they wish, by the clock on their own wall."""

from datetime import UTC, datetime

import pytest
import structlog

from adapters.memory.time import ManualClock
from bootstrap.areas import notifications
from domain.identity.notice import Priority
from domain.notifications.message import Channel, Message, NotificationType
from domain.notifications.preference import Digest
from tests.scripted_sender import NEVER
from tests.unit.application.notifications.context import ACCOUNT, Context, make_context

EMAIL, SMS, PUSH, WEBHOOK = Channel.EMAIL, Channel.SMS, Channel.PUSH, Channel.WEBHOOK


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


async def behind(context: Context) -> None:
    """Commit something of high priority that is new each time."""
    fact = await context.fact("dispatch.behind", account_id=ACCOUNT, orders="3", oldest_s="9")
    assert fact.body["orders"] == "3"
    await context.work()


@pytest.mark.parametrize(
    ("told", "quiet_to", "zone"),
    [
        # The night of March in which an hour is left out, and that of October which has one more.
        ("2026-03-28T23:00:00+01:00", "2026-03-29T07:00:00+02:00", "Europe/Berlin"),
        ("2026-10-24T23:00:00+02:00", "2026-10-25T07:00:00+01:00", "Europe/Berlin"),
        ("2026-03-07T23:00:00-05:00", "2026-03-08T07:00:00-04:00", "America/New_York"),
        ("2026-10-31T23:00:00-04:00", "2026-11-01T07:00:00-05:00", "America/New_York"),
    ],
)
async def test_quiet_hours_end_by_the_clock_of_the_zone_in_nights_in_which_it_is_changed(
    told: str, quiet_to: str, zone: str
) -> None:
    context = await make_context(EMAIL, clock=ManualClock(at(told)))
    owner = await context.person("owner", channels=[EMAIL])
    for type_ in (NotificationType.SYSTEM_ALERT, NotificationType.RISK_BREACH):
        await context.prefer(
            owner, type=type_, channel=EMAIL, quiet_from="22:00", quiet_to="07:00", zone=zone
        )
    await behind(context)
    await context.breach()
    await context.work()
    # What is urgent is told in the night, too.
    assert context.senders[EMAIL].subjects == ["[URGENT] Risk limit breached: Max Daily Loss"]
    context.clock.advance((at(quiet_to) - context.clock.now()).total_seconds() - 1)
    await context.work()
    assert len(context.senders[EMAIL].taken) == 1
    context.clock.advance(1)
    await context.work()
    assert context.senders[EMAIL].subjects[1:] == ["[HIGH] Orders wait to be sent"]


@pytest.mark.parametrize(
    ("digest", "zone", "due"),
    [
        (Digest.HOURLY, "Asia/Kolkata", "2026-03-02T21:00:00+05:30"),
        (Digest.HOURLY, "Europe/Berlin", "2026-03-02T17:00:00+01:00"),
        (Digest.DAILY, "Asia/Kolkata", "2026-03-03T08:00:00+05:30"),
        (Digest.DAILY, "America/New_York", "2026-03-03T08:00:00-05:00"),
        # Told on the eve of the day on which an hour is left out.
        (Digest.DAILY, "Europe/Berlin", "2026-03-29T08:00:00+02:00"),
    ],
)
async def test_a_digest_comes_when_the_hour_or_the_day_of_the_zone_begins(
    digest: Digest, zone: str, due: str
) -> None:
    eve = "2026-03-28T15:20:00+00:00" if "03-29" in due else "2026-03-02T15:20:00+00:00"
    context = await make_context(EMAIL, clock=ManualClock(at(eve)))
    owner = await context.person("owner", channels=[EMAIL])
    wish = await context.prefer(
        owner, type=NotificationType.ORDER_FILLED, channel=EMAIL, digest=digest, zone=zone
    )
    assert wish.digest is digest
    for symbol in ("AAPL", "MSFT"):
        await context.fact(
            "order.filled", account_id=ACCOUNT, state="filled", symbol=symbol, quantity="1"
        )
    await context.work()
    context.clock.advance((at(due) - context.clock.now()).total_seconds() - 1)
    await context.work()
    assert not context.senders[EMAIL].asked
    context.clock.advance(1)
    await context.work()
    ((message, _),) = context.senders[EMAIL].taken
    assert message.subject == "2 notifications"
    assert "AAPL" in message.text
    assert "MSFT" in message.text


async def test_what_fails_falls_from_channel_to_channel_in_their_order() -> None:
    context = await make_context(EMAIL, SMS, PUSH, WEBHOOK)
    await context.person("owner", channels=[EMAIL, SMS, PUSH, WEBHOOK])
    for channel in (EMAIL, PUSH, SMS):
        context.senders[channel].answers.append(NEVER)
    await context.breach()
    await context.work()
    put = [one for one in await context.deliveries() if one.channel in context.senders]
    assert [one.channel for one in put] == [EMAIL, PUSH, SMS, WEBHOOK]
    assert [one.state.value for one in put] == ["failed", "failed", "failed", "sent"]
    assert len(context.senders[WEBHOOK].taken) == 1


async def test_defaults_put_everything_back_that_a_person_had_chosen() -> None:
    context = await make_context(EMAIL, SMS)
    owner = await context.person("owner", channels=[EMAIL, SMS])
    await context.prefer(owner, type=NotificationType.RISK_BREACH, channel=EMAIL, enabled=False)
    await context.prefer(owner, type=NotificationType.SYSTEM_ALERT, channel=SMS)
    await behind(context)
    assert len(context.senders[SMS].taken) == 1
    await context.preferences.set_defaults(by=owner)
    context.clock.advance(600)
    await behind(context)
    await context.breach()
    await context.work()
    assert len(context.senders[SMS].taken) == 1
    subjects = context.senders[EMAIL].subjects
    assert set(subjects[-2:]) == {
        "[URGENT] Risk limit breached: Max Daily Loss",
        "[HIGH] Orders wait to be sent",
    }
    # Removed one by one, the default holds again, too.
    for wish in await context.wishes(owner):
        await context.preferences.remove(wish.id, by=owner)
    context.clock.advance(600)
    await behind(context)
    assert len(context.senders[EMAIL].subjects) == len(subjects) + 1
    assert len(await context.inbox.list(by=owner, limit=10)) == 4


class _Telling:
    """A sender whose fault repeats the address and the message."""

    def check(self, address: str) -> None:
        """Take any address."""

    async def send(self, message: Message, *, address: str) -> None:
        """Fail with all that must not be told."""
        raise RuntimeError(f"{address} {message.subject} {message.text} {message.link}")


async def test_no_address_code_or_link_is_logged_when_a_sender_fails() -> None:
    context = await make_context(EMAIL)
    owner = await context.person("owner", channels=[EMAIL])
    object.__setattr__(context.notify, "on_failure", notifications._unsent)
    context.notify.senders[EMAIL] = _Telling()  # type: ignore[index]  # a dict, as it was made
    with structlog.testing.capture_logs() as logged:
        await context.notice(
            owner, "succession.reminded", priority=Priority.HIGH, link="/succession/links/canary"
        )
        await context.work()
        await context.channels.ask(EMAIL, address="ann@example.com", by=owner)
    said = repr(logged)
    assert {one["event"] for one in logged} == {"notifications.unsent"}
    for secret in ("canary", "ann@example.com", "owner by EMAIL", "Your Ballast code"):
        assert secret not in said
    kept = repr([one.reason for one in await context.deliveries(EMAIL)])
    assert "RuntimeError" in kept
    assert "owner by EMAIL" not in kept
