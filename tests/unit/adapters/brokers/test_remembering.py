"""What may be open at a broker is known without asking it; in doubt it stays known."""

import asyncio
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

import pytest

from adapters.brokers.remembering import RememberingBroker
from domain.orders.order import Order
from ports.broker import BrokerUnavailable, BrokerUnsure, Report, ReportKind, UnreadableReport
from ports.stops import RestingOrder
from tests import builders
from tests.scripted_broker import Answer, ScriptedBroker, report_of, venue_fill

ACCOUNT = builders.account()
ORDER = builders.order(ACCOUNT, client_order_id="c-1", terms=builders.terms(quantity=Decimal(10)))
KNOWN = RestingOrder(client_order_id="c-1", symbol=ORDER.symbol, reduce_only=False)


@dataclass(frozen=True, slots=True)
class Context:
    """A broker that remembers, over one that answers as it is told."""

    inner: ScriptedBroker = field(default_factory=ScriptedBroker)
    broker: RememberingBroker = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "broker", RememberingBroker(inner=self.inner))

    def resting(self) -> tuple[RestingOrder, ...]:
        """Return what may be open of the account."""
        return tuple(self.broker.resting(account_id=str(ACCOUNT.id)))

    async def submit(self, *answers: Answer, order: Order = ORDER, **given: Any) -> Any:
        """Send an order, answered so."""
        self.inner.script.extend(answers)
        return await self.broker.submit(
            account_id=str(order.account_id),
            client_order_id=order.client_order_id,
            terms=order.terms,
            written=lambda: None,
            **given,
        )

    async def hear(self, *reports: Report | UnreadableReport) -> list[Report | UnreadableReport]:
        """Have the reports heard, and return what was passed on."""
        numbered = [replace(one, sequence=n) for n, one in enumerate(reports, start=1)]
        self.inner.told[:] = numbered
        heard = []
        async for one in self.broker.reports(after=0):
            heard.append(one)
            if len(heard) == len(numbered):
                break
        assert heard == numbered
        return heard


async def test_an_order_is_known_before_it_leaves_and_after_it_was_taken() -> None:
    context = Context()
    seen: list[tuple[RestingOrder, ...]] = []
    await context.submit(leaving=lambda: seen.append(context.resting()))
    assert seen == [(KNOWN,)]
    assert context.resting() == (KNOWN,)
    assert context.broker.resting(account_id=str(builders.new_id())) == ()


@pytest.mark.parametrize("answer", [Answer.LOSE_REPLY, Answer.LOSE_REQUEST])
async def test_an_order_without_an_answer_stays_known(answer: Answer) -> None:
    context = Context()
    with pytest.raises(BrokerUnsure):
        await context.submit(answer)
    assert context.resting() == (KNOWN,)


@pytest.mark.parametrize("problem", [asyncio.CancelledError, ValueError])
async def test_a_send_that_breaks_off_leaves_its_order_known(
    problem: type[BaseException],
) -> None:
    context = Context()

    async def breaks() -> None:
        raise problem

    context.inner.after_written = breaks
    with pytest.raises(problem):
        await context.submit()
    assert context.resting() == (KNOWN,)


async def test_an_order_that_is_certainly_not_there_is_forgotten() -> None:
    context = Context()
    with pytest.raises(BrokerUnavailable):
        await context.submit(Answer.UNAVAILABLE)
    assert context.resting() == ()
    await context.submit(Answer.REFUSE)
    assert context.resting() == ()


async def test_what_was_in_doubt_stays_so_when_it_is_sent_again_in_vain() -> None:
    context = Context()
    with pytest.raises(BrokerUnsure):
        await context.submit(Answer.LOSE_REPLY)
    with pytest.raises(BrokerUnavailable):
        await context.submit(Answer.UNAVAILABLE)
    # A refusal may be of the second alone: as a duplicate of the first, which rests.
    await context.submit(Answer.REFUSE)
    assert context.resting() == (KNOWN,)


@pytest.mark.parametrize("kind", [ReportKind.CANCELED, ReportKind.EXPIRED, ReportKind.REJECTED])
async def test_what_is_heard_to_be_closed_is_forgotten(kind: ReportKind) -> None:
    context = Context()
    await context.submit()
    await context.hear(report_of(ORDER, kind))
    assert context.resting() == ()


@pytest.mark.parametrize(
    "kind",
    [
        ReportKind.WORKING,
        ReportKind.TRIGGERED,
        ReportKind.CANCEL_REFUSED,
        ReportKind.REPLACE_REFUSED,
    ],
)
async def test_what_is_heard_to_go_on_stays_known(kind: ReportKind) -> None:
    context = Context()
    await context.submit()
    await context.hear(report_of(ORDER, kind))
    assert context.resting() == (KNOWN,)


async def test_an_order_is_forgotten_with_its_last_unit_each_fill_counted_once() -> None:
    context = Context()
    await context.submit()
    first, second = venue_fill(6, trade_id="t-1"), venue_fill(4, trade_id="t-2")
    await context.hear(
        report_of(ORDER, ReportKind.FILL, fill=first), report_of(ORDER, ReportKind.FILL, fill=first)
    )
    assert context.resting() == (KNOWN,)
    await context.hear(report_of(ORDER, ReportKind.FILL, fill=second))
    assert context.resting() == ()


async def test_new_terms_leave_the_units_between_old_and_new_open() -> None:
    context = Context()
    await context.submit()
    more = replace(ORDER.terms, quantity=Decimal(12))
    await context.hear(
        report_of(ORDER, ReportKind.FILL, fill=venue_fill(6, trade_id="t-1")),
        report_of(ORDER, ReportKind.REPLACED, terms=more),
        report_of(ORDER, ReportKind.FILL, fill=venue_fill(4, trade_id="t-2")),
    )
    assert context.resting() == (KNOWN,)
    await context.hear(report_of(ORDER, ReportKind.FILL, fill=venue_fill(2, trade_id="t-3")))
    assert context.resting() == ()


async def test_an_order_that_others_placed_is_known_from_its_report_on() -> None:
    context = Context()
    await context.hear(report_of(ORDER, ReportKind.FILL, fill=venue_fill(1)))
    assert context.resting() == ()
    protective = replace(ORDER.terms, reduce_only=True)
    await context.hear(report_of(ORDER, ReportKind.WORKING, terms=protective))
    assert context.resting() == (replace(KNOWN, reduce_only=True),)


async def test_a_report_that_nobody_can_read_is_passed_on_and_forgets_nothing() -> None:
    context = Context()
    await context.submit()
    unreadable = UnreadableReport(sequence=1, account_id=str(ACCOUNT.id), problem="no JSON")
    await context.hear(unreadable, report_of(ORDER, ReportKind.WORKING))
    assert context.resting() == (KNOWN,)


async def test_after_a_crash_a_reading_of_the_venue_brings_it_back_with_its_fills() -> None:
    before = Context()
    await before.submit()
    before.inner.change("c-1", fills=(venue_fill(6, trade_id="t-1"),))
    after = Context(before.inner)
    assert after.resting() == ()
    held = await after.broker.open_orders(account_id=str(ACCOUNT.id))
    assert [one.client_order_id for one in held] == ["c-1"]
    assert after.resting() == (KNOWN,)
    await after.hear(report_of(ORDER, ReportKind.FILL, fill=venue_fill(4, trade_id="t-2")))
    assert after.resting() == ()


async def test_a_reading_does_not_forget_what_the_venue_does_not_show_yet() -> None:
    context = Context()
    with pytest.raises(BrokerUnsure):
        await context.submit(Answer.LOSE_REQUEST)
    assert await context.broker.open_orders(account_id=str(ACCOUNT.id)) == []
    assert context.resting() == (KNOWN,)


async def test_cancels_and_new_terms_are_asked_and_forget_nothing_before_they_are_heard() -> None:
    context = Context()
    await context.submit()
    given: dict[str, Any] = {"account_id": str(ACCOUNT.id), "client_order_id": "c-1"}
    await context.broker.replace(**given, terms=ORDER.terms, written=lambda: None)
    await context.broker.cancel(**given)
    assert context.inner.asked[1:] == ["replace c-1", "cancel c-1"]
    assert context.resting() == (KNOWN,)


async def test_an_urgent_order_is_urgent_to_the_broker_too_and_its_limit_goes_with_it() -> None:
    context = Context()
    await context.submit(urgent=True, protective_limit=Decimal(101))
    assert context.inner.urgent == ["c-1"]
    assert context.inner.caps == {"c-1": Decimal(101)}
    other = replace(ORDER, client_order_id="c-2")
    await context.submit(order=other)
    assert context.inner.urgent == ["c-1"]
    assert [one.client_order_id for one in context.resting()] == ["c-1", "c-2"]
