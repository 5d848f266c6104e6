"""Show what was stopped on the wire: events, a latch with its venues, the release checklist."""

from datetime import datetime
from uuid import UUID

import msgspec

from adapters.http.kill_switch.schemas import LatchView, latch_view
from adapters.http.wire import id_of, moment, time_of
from application.kill_switch.looks import LatchReport, ReleaseChecklist
from domain.kill_switch.venue import LatchVenue

_USER = "user:"


class KillEventView(msgspec.Struct, kw_only=True):
    """One stop: what engaged it, what it stopped, and when the venues had confirmed it.

    confirmation_ms is from the stop to the last venue's own reading that shows nothing open.
    """

    id: str
    trigger_type: str
    scope: str
    account_id: str | None
    strategy_id: str | None
    broker: str | None
    symbol: str | None
    level: str
    reason: str
    orders_cancelled: int
    broker_confirmed: bool
    confirmation_ms: float | None
    triggered_at: str
    released_at: str | None
    user_id: str | None


class KillEventPage(msgspec.Struct):
    """A page of stops, newest first."""

    items: list[KillEventView]
    next_cursor: str | None


class LatchVenueView(msgspec.Struct, kw_only=True):
    """How far a stop is at one broker, in milliseconds since it was engaged.

    dispatched: its cancels were asked for. acknowledged: the venue has answered since.
    canceled: our books show nothing of it. flat: it holds nothing. broker_confirmed: its own
    reading shows nothing open. round_trip_ms is how long that reading took.
    """

    broker: str
    dispatched_ms: float | None
    acknowledged_ms: float | None
    canceled_ms: float | None
    flat_ms: float | None
    broker_confirmed_ms: float | None
    round_trip_ms: float | None
    problem: str


class LatchReportView(msgspec.Struct):
    """A latch with its venues, by broker."""

    latch: LatchView
    venues: list[LatchVenueView]


class QuestionView(msgspec.Struct):
    """What a yes under this name says."""

    name: str
    says: str


class ReleaseChecklistView(msgspec.Struct):
    """What is engaged, what is to be answered with yes, and what stands against it by itself."""

    latches: list[LatchView]
    questions: list[QuestionView]
    open: list[str]


def kill_event_view(report: LatchReport) -> KillEventView:
    """Show a stop in a list."""
    latch, scope = report.latch, report.latch.scope
    return KillEventView(
        id=str(latch.id),
        trigger_type=latch.cause.value,
        scope=scope.kind.value,
        account_id=id_of(scope.account_id),
        strategy_id=scope.strategy_id,
        broker=scope.broker,
        symbol=scope.symbol,
        level=latch.level.value,
        reason=latch.reason,
        orders_cancelled=latch.orders_cancelled,
        broker_confirmed=report.is_confirmed,
        confirmation_ms=report.confirmation_ms,
        triggered_at=moment(latch.engaged_at),
        released_at=time_of(latch.released_at),
        user_id=_user_of(latch.actor),
    )


def latch_report_view(report: LatchReport) -> LatchReportView:
    """Show a latch with its venues."""
    since = report.latch.engaged_at
    return LatchReportView(
        latch=latch_view(report.latch), venues=[_venue(one, since=since) for one in report.venues]
    )


def checklist_view(found: ReleaseChecklist) -> ReleaseChecklistView:
    """Show what is to be answered."""
    return ReleaseChecklistView(
        latches=[latch_view(latch) for latch in found.latches],
        questions=[QuestionView(name, says) for name, says in found.questions],
        open=list(found.open),
    )


def _venue(venue: LatchVenue, *, since: datetime) -> LatchVenueView:
    def ms(at: datetime | None) -> float | None:
        return None if at is None else (at - since).total_seconds() * 1000

    trip = venue.round_trip_ms
    return LatchVenueView(
        broker=venue.broker,
        dispatched_ms=ms(venue.dispatched_at),
        acknowledged_ms=ms(venue.acknowledged_at),
        canceled_ms=ms(venue.canceled_at),
        flat_ms=ms(venue.flat_at),
        broker_confirmed_ms=ms(venue.broker_confirmed_at),
        round_trip_ms=None if trip is None else float(trip),
        problem=venue.problem,
    )


def _user_of(actor: str) -> str | None:
    """Return the user that an actor is, None for what is no user."""
    if not actor.startswith(_USER):
        return None
    try:
        return str(UUID(actor.removeprefix(_USER)))
    except ValueError:
        return None
