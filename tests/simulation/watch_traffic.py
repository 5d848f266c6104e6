"""Watch what leaves us: orders to the venue, answers to clients."""

from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID

from application.orders.blocks import target_of
from application.orders.send_again import SENDS_MAX
from bootstrap.settings.sections import OrderSettings
from domain.kill_switch.latch import Level
from domain.orders.order import Order, Origin
from domain.orders.states import OrderState
from domain.orders.terms import Side
from domain.risk.record import explain
from domain.shared.values import ZERO
from ports.broker import Dedup, Report, ReportKind
from ports.time import Clock
from tests.simulation.api import Answer, Call
from tests.simulation.broker import Written
from tests.simulation.disk import Disk
from tests.simulation.venue import SimulatedVenue
from tests.simulation.violation import Violation

_UNSENT = (OrderState.INITIALIZED, OrderState.ACCEPTED)
_CREATED = (201, 403)
APPROVAL_AGE_MAX = timedelta(seconds=OrderSettings().approval_age_max_s)


@dataclass(slots=True, kw_only=True)
class TrafficWatch:
    """What went over the wires so far; the lists hold what the step under way added."""

    disk: Disk
    venue: SimulatedVenue
    clock: Clock
    written: list[Written] = field(default_factory=list)
    answered: list[tuple[Call, Answer]] = field(default_factory=list)
    # What clients got to hear.
    promised: list[Answer] = field(default_factory=list)
    _sent: dict[tuple[str, str], int] = field(default_factory=dict)
    _answers: dict[str, Answer] = field(default_factory=dict)
    _heard: int = 0

    def look(self) -> None:
        """Check what the step has let out; raises Violation."""
        for sent in self.written:
            self._socket_write(sent)
        self.written.clear()
        for call, answer in self.answered:
            self._answer(call, answer)
        self.answered.clear()
        for answer in self.promised:
            self._promise(answer)
        self.promised.clear()
        if self.venue.news or self.venue.overfull:
            self._venue_news()

    def _socket_write(self, sent: Written) -> None:
        database = self.disk.database
        account_id = UUID(sent.account_id)
        order_id = database.client_ids.get((account_id, sent.client_order_id))
        order = database.orders.get(order_id) if order_id is not None else None
        what = f"{sent.client_order_id} left {sent.life}"
        if order is None or order.state in _UNSENT:
            raise Violation("intent", f"{what} without a stored intent")
        if sent.terms not in (order.terms, order.pending_terms) and not order.is_closed:
            raise Violation("gate", f"{what} with terms that are not its own")
        flattening = order.origin is Origin.KILL_SWITCH
        decisions = database.decisions.get(order.id, [])
        if not flattening and not (decisions and decisions[-1].approved):
            raise Violation("gate", f"{what} without the gate's approval")
        if not sent.replaces:
            key = (sent.account_id, sent.client_order_id)
            self._sent[key] = self._sent.get(key, 0) + 1
            # Only a venue that keeps every id apart for ever may be asked again.
            again = self.venue.settings.dedup is Dedup.FULL
            if self._sent[key] > (SENDS_MAX if again else 1):
                raise Violation("twice", f"{what} for the {self._sent[key]}. time")
        if not flattening:
            self._not_killed(order, sent=sent, what=what)
            self._not_stale(order, sent=sent, what=what)

    def _not_stale(self, order: Order, *, sent: Written, what: str) -> None:
        """Check that the gate approved of it a moment ago; what only reduces leaves anyway."""
        record = self.disk.database.decisions[order.id][-1].record
        age = self.clock.now() - explain(record).decided_at
        if age <= APPROVAL_AGE_MAX:
            return
        if not self._closes(order, sent=sent):
            raise Violation("stale", f"{what} on an approval {age.total_seconds():.1f} s old")

    def _closes(self, order: Order, *, sent: Written) -> bool:
        """Tell whether what was sent does no more than close what is held."""
        held = self.disk.books[order.account_id].position(order.symbol).quantity
        closes = held < ZERO if order.side is Side.BUY else held > ZERO
        return bool(closes and sent.terms.quantity - order.filled_quantity <= abs(held))

    def _not_killed(self, order: Order, *, sent: Written, what: str) -> None:
        database = self.disk.database
        target = target_of(order, broker=self.disk.books[order.account_id].account.broker)
        for latch in database.latches.values():
            stops = latch.scope.covers(target) and (
                latch.level is Level.HALTED or not self._closes(order, sent=sent)
            )
            if latch.is_engaged and latch.acknowledged_at is not None and stops:
                raise Violation("kill", f"{what} after the kill {latch.reason!r} was acknowledged")

    def _venue_news(self) -> None:
        """Check what the venue took, and that it never had to refuse one order too many."""
        if self.venue.overfull:
            raise Violation("full", f"the venue had no room for {self.venue.overfull[0]}")
        for one in self.venue.news:
            if isinstance(one, tuple) and len(self.venue.taken[one]) > 1:
                raise Violation("twice", f"the venue took {one[1]} twice")
        self.venue.news.clear()

    def reports_heard(self) -> None:
        """Check what the mark has come to cover; raises Violation."""
        for _, _, heard in self.disk.heard.changes:
            for report in self.venue.reports[self._heard : heard]:
                self._is_booked(report)
            self._heard = max(self._heard, heard)

    def reports_applied(self) -> None:
        """Check what changes say that they come from, each report once; raises Violation."""
        for (_, sequence), before, _ in self.disk.applied.changes:
            if before is not None or sequence <= self._heard:
                raise Violation("heard", f"report {sequence} was applied a second time")
            self._is_booked(self.venue.reports[sequence - 1])

    def _is_booked(self, report: Report) -> None:
        """Check that no execution counts as heard before it is booked; raises Violation."""
        if report.kind is not ReportKind.FILL or report.fill is None:
            return
        database, account_id = self.disk.database, UUID(report.account_id)
        order_id = database.client_ids.get((account_id, report.client_order_id))
        if (account_id, order_id, report.fill.trade_id) not in database.trades:
            raise Violation("heard", f"report {report.sequence} counts as heard but is not booked")

    def _answer(self, call: Call, answer: Answer) -> None:
        if call.key is None:
            return
        first = self._answers.setdefault(call.key, answer)
        if first != answer:
            raise Violation("idempotency", f"{call.key}: {first.status}, then {answer.status}")

    def _promise(self, answer: Answer) -> None:
        if answer.status not in _CREATED:
            return
        for order_id in answer.order_ids:
            if order_id not in self.disk.database.orders:
                raise Violation("lost", f"order {order_id} was acknowledged but is not stored")
