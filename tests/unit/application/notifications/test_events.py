"""Each event that people are told of reads well as text and as a page: figures, names, links."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from email import message_from_bytes, policy
from email.headerregistry import Address
from email.message import EmailMessage
from typing import Any
from uuid import UUID

import pytest

from adapters.memory.identity import MemoryUsers
from adapters.notify.linked import LinkedSender
from adapters.notify.mail_form import mail_of
from application.kill_switch.deps import describe_latch
from application.notifications.deliver import Deliver
from application.notifications.take_in import TakeIn
from domain.accounts.describe import describe_order, describe_position
from domain.accounts.positions import Position
from domain.identity.notice import Priority
from domain.kill_switch.latch import LatchCause, Scope
from domain.margin.alert import AlertKind, MarginAlert, describe_alert
from domain.notifications.message import Channel, NotificationType
from domain.orders.states import OrderState
from domain.strategies.strategy import Strategy, StrategyKind, describe_strategy
from tests import builders
from tests.unit.application.notifications.context import ACCOUNT, START, TENANT, make_context
from tests.unit.domain.notifications.test_rendering import HARMLESS, HOSTILE, Page

SITE = "https://desk.example.com"
ASKED = "/succession/links/0190"


@dataclass(frozen=True, kw_only=True)
class Event:
    """What happened, as its area tells of it, and what people are to read."""

    kind: str
    body: Mapping[str, str]
    subject: str
    reads: Sequence[str]
    link: str = "/notifications"
    # Told to one person by a notice of theirs, not by a fact.
    own: bool = False
    priority: Priority = Priority.MEDIUM


def order() -> dict[str, str]:
    done = builders.order(builders.account(id=ACCOUNT, tenant_id=TENANT))
    done = replace(
        done,
        terms=replace(done.terms, symbol="AAPL", quantity=Decimal(30)),
        state=OrderState.FILLED,
        filled_quantity=Decimal(30),
        filled_notional=Decimal("5713.50"),
    )
    return describe_order(done)


def latch(actor: str, **more: Any) -> dict[str, str]:
    made = builders.latch(scope=Scope(tenant_id=TENANT))
    return describe_latch(
        replace(made, cause=LatchCause.PERSON, reason="prices look wrong", actor=actor, **more)
    )


def events(owner: UUID) -> Sequence[Event]:
    """Return the eleven events."""
    alert = MarginAlert(
        id=builders.new_id(),
        tenant_id=TENANT,
        account_id=ACCOUNT,
        kind=AlertKind.WARNING,
        level=Decimal("0.25"),
        amount=Decimal("1200.5"),
        opened_at=START,
        due_on=date(2026, 3, 4),
    )
    held = Position(
        symbol="MSFT",
        quantity=Decimal(-12),
        cost=Decimal(-4800),
        realised_pnl=Decimal("17.25"),
    )
    strategy = Strategy(
        id=builders.new_id(),
        tenant_id=TENANT,
        name="trend-1",
        kind=StrategyKind.EMA_CROSS,
        account_id=ACCOUNT,
        symbols=("AAPL",),
        problem="division by zero",
    )
    account = f"account {ACCOUNT} (Growth)"
    return (
        Event(
            kind="order.filled",
            body=order(),
            subject="Bought 30 AAPL at an average of 190.45",
            reads=[account, "The order is filled."],
        ),
        Event(
            kind="risk.limit_breached",
            body={
                "rule_id": "r1",
                "rule_name": "Max Daily Loss",
                "action": "HALT",
                "value": "1250.75",
                "limit": "1000",
                "used": "1.25",
                "clause": "",
            },
            subject="[URGENT] Risk limit breached: Max Daily Loss",
            reads=[account, "1250.75 of at most 1000", "Trading is halted for it."],
        ),
        Event(
            kind="strategy.failed",
            body=describe_strategy(strategy),
            subject="[HIGH] Strategy trend-1 is stopped by an error",
            reads=["division by zero", "until somebody starts it again"],
            link="/strategies",
        ),
        Event(
            kind="position.changed",
            body=describe_position(held),
            subject="MSFT is now -12",
            reads=[account, "average cost of 400", "Realised so far: 17.25."],
        ),
        Event(
            kind="dispatch.behind",
            body={"orders": "3", "oldest_s": "9"},
            subject="[HIGH] Orders wait to be sent",
            reads=[account, "3 orders", "has waited 9 seconds"],
        ),
        Event(
            kind="margin_warning",
            body={"account_id": str(ACCOUNT), **describe_alert(alert)},
            subject="[HIGH] Margin warning",
            reads=[
                f"Account: {ACCOUNT} (Growth)",
                "Missing: 1200.5",
                "Level of the buffer: 0.25",
                "Due on: 2026-03-04",
            ],
            own=True,
        ),
        Event(
            kind="kill_switch.engaged",
            body=latch(f"user:{owner}"),
            subject="[URGENT] Kill switch activated: all trading",
            reads=["owner@example.com stopped all trading (HALTED): prices look wrong."],
        ),
        Event(
            kind="kill_switch.canceled",
            body=latch(f"user:{owner}", orders_cancelled=7),
            subject="[HIGH] Kill switch confirmed: all trading",
            reads=["No order of all trading rests at a broker any more; 7 cancels"],
        ),
        Event(
            kind="kill_venue_unreachable",
            body={"latch_id": str(UUID(int=9)), "broker": "alpaca", "problem": "no answer"},
            subject="[URGENT] Kill switch escalated: a broker has not carried out a stop",
            reads=["call the broker", "Broker: alpaca", "Problem: no answer"],
            own=True,
            priority=Priority.URGENT,
        ),
        Event(
            kind="succession.reminded",
            body={"state": "REMINDED", "asks": "well", "link": ASKED},
            subject="[HIGH] Please check in",
            reads=["You have not been heard of for a while.", "State: REMINDED"],
            link=ASKED,
            own=True,
            priority=Priority.HIGH,
        ),
        Event(
            kind="succession.contact_ping",
            body={"state": "CONTACT_PING", "asks": "confirm", "link": ASKED},
            subject="[HIGH] You are asked as a trustee",
            reads=["Confirm only what you know", "State: CONTACT_PING"],
            link=ASKED,
            own=True,
            priority=Priority.HIGH,
        ),
    )


NAMES = [one.kind for one in events(UUID(int=2))]
# What a text shows that was not filled in, and words of ours that are nobody's.
UNRENDERED = ("{", "}", "None", "?", "user:", "_id", "asks", "Asks", "Enum")


async def mailed(name: str, *, spoil: bool = False) -> tuple[EmailMessage, Event]:
    """Have an event told, and return the mail of it that a server would get."""
    context = await make_context(Channel.EMAIL)
    owner = await context.person("owner", channels=[Channel.EMAIL])
    assert owner.user_id is not None
    for type_ in NotificationType:
        await context.prefer(owner, type=type_, channel=Channel.EMAIL)
    (event,) = [one for one in events(owner.user_id) if one.kind == name]
    kept = {"state", "side", "action", "scope", "cause", "level", "asks", "link", "account_id"}
    body = {
        key: value if not spoil or key in kept else f"{value}{HOSTILE}\r\nBcc: a@evil.example"
        for key, value in event.body.items()
    }
    if event.own:
        await context.notice(owner, name, priority=event.priority, **body)
    else:
        fact = await context.fact(name, account_id=ACCOUNT)
        (await context.link.enter()).notices[-1] = replace(fact, body=body)

    async def called(_: UUID, accounts: frozenset[UUID]) -> Mapping[UUID, str]:
        return dict.fromkeys(accounts, f"Growth{HOSTILE}" if spoil else "Growth")

    linked = LinkedSender(context.senders[Channel.EMAIL], public_url=f"{SITE}/")
    notify = replace(context.notify, senders={Channel.EMAIL: linked})
    feed = TakeIn(
        context=notify, users=MemoryUsers(context.link), wake=lambda: None, accounts=called
    )
    await feed.publish(list((await context.link.enter()).notices))
    await Deliver(context=notify).drain()
    ((message, _),) = context.senders[Channel.EMAIL].taken
    sender = Address(display_name="Ballast", addr_spec="ballast@example.com")
    mail = message_from_bytes(
        mail_of(message, sender=sender, to="owner@example.com"), policy=policy.default
    )
    assert isinstance(mail, EmailMessage)
    return mail, event


def parts_of(mail: EmailMessage) -> tuple[str, str]:
    """Return the text and the page."""
    text, page = mail.get_body(("plain",)), mail.get_body(("html",))
    assert text is not None
    assert page is not None
    return text.get_content(), page.get_content()


@pytest.mark.parametrize("name", NAMES)
async def test_an_event_reads_well_as_text_and_as_a_page(name: str) -> None:
    mail, event = await mailed(name)
    assert mail["Subject"] == event.subject
    text, page = parts_of(mail)
    seen = Page(page).seen
    for said in (" ".join(text.split()), " ".join(seen.split())):
        for phrase in event.reads:
            assert phrase in said
        for unrendered in UNRENDERED:
            assert unrendered not in said
        assert f"{SITE}{event.link}" in said
        # What it is of, how urgent, and when.
        assert "2026-03-02 16:00:00 UTC" in said
    assert f'<a href="{SITE}{event.link}">' in page
    assert Page(page).tags <= HARMLESS | {"a"}


@pytest.mark.parametrize("name", NAMES)
async def test_whatever_stands_in_an_event_stays_text(name: str) -> None:
    mail, _ = await mailed(name, spoil=True)
    text, page = parts_of(mail)
    assert mail["Bcc"] is None
    assert Page(page).tags <= HARMLESS | {"a"}
    assert Page(page).attributes <= {"lang", "charset", "style", "href"}
    assert "<script" not in page
    shown = "<script src=" in text
    assert shown is ("<script src=" in Page(page).seen)


async def test_a_rehearsal_says_that_it_is_one() -> None:
    context = await make_context(Channel.EMAIL)
    owner = await context.person("owner", channels=[Channel.EMAIL])
    await context.notice(
        owner, "succession.dry_run", priority=Priority.HIGH, state="GRACE", dry_run="true"
    )
    await context.work()
    ((message, _),) = context.senders[Channel.EMAIL].taken
    assert message.subject == "[HIGH] A rehearsal of the succession"
    assert "nothing is asked of you" in message.text
    assert "State: GRACE" in message.text


@pytest.mark.parametrize("state", ["contact_ping", "grace", "released"])
async def test_owner_and_trustee_read_of_a_step_what_it_means_to_each(state: str) -> None:
    context = await make_context(Channel.EMAIL)
    owner = await context.person("owner")
    trustee = await context.person("trustee")
    asked = {"owner": "veto" if state == "released" else "well", "trustee": "confirm"}
    if state == "released":
        del asked["trustee"]
    for name, who in (("owner", owner), ("trustee", trustee)):
        more: Any = {"asks": asked[name], "link": ASKED} if name in asked else {}
        await context.notice(who, f"succession.{state}", state=state.upper(), **more)
    await context.work()
    ((one,), (other,)) = [await context.told(who) for who in (owner, trustee)]
    assert one.subject != other.subject
    assert one.text.split("\n")[0] != other.text.split("\n")[0]
    assert not any("Succession:" in told.subject for told in (one, other))
