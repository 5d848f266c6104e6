"""Hold what happened to an account's orders lately: executions and cancels, oldest first."""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from functools import lru_cache
from itertools import pairwise
from uuid import UUID

from domain.accounts.book import AccountBook, Channel
from domain.market.prices import Session
from domain.orders.terms import Side
from domain.risk.strategy_stop import stopped_as
from domain.shared.values import ONE, ZERO

# Times rise but where a clock was set back: by less than this, in what is looked at together.
_SET_BACK = timedelta(hours=1)
# A strategy that ran away is found out by its next order, if that comes so soon.
REPEATED_WITHIN = timedelta(hours=1)
_KNOWN_MAX = 256
_MINUTE = timedelta(minutes=1)


class _Unasked:
    """Stands for what was not worked out yet, where None is an answer."""


_UNASKED = _Unasked()


@dataclass(frozen=True, slots=True, kw_only=True)
class Execution:
    """One fill: value is its worth without a sign, realised what it made or lost.

    Both are None of fills that were told before they were kept.
    """

    at: datetime
    market_at: datetime
    order_id: UUID
    symbol: str
    side: Side
    currency: str
    value: Decimal | None
    strategy_id: str | None
    realised: Decimal | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Activity:
    """What the journal tells of an account, up to a fill and as far back as it was read.

    fills_through is the number of the last fill that it counts: a book that knows of a later
    one is decided on with more. What is cut does not go back to the account's first; of
    cancels all since cancels_from are there.
    """

    executions: tuple[Execution, ...] = ()
    executions_cut: bool = False
    fills_through: int = 0
    cancels: tuple[datetime, ...] = ()
    cancels_cut: bool = False
    cancels_from: datetime | None = None
    # What was worked out of it: today's executions as of a day's start, and more by name.
    _today: dict[datetime, tuple[Execution, ...] | None] = field(
        default_factory=dict, init=False, compare=False, repr=False
    )
    _known: dict[tuple[object, ...], Decimal | None] = field(
        default_factory=dict, init=False, compare=False, repr=False
    )
    # By strategy, window and beginning: the minute that it was asked in, and what it came to.
    _repeated: dict[
        tuple[str, timedelta, datetime | None], tuple[datetime, datetime, Decimal | None]
    ] = field(default_factory=dict, init=False, compare=False, repr=False)
    # Whether the times of the cancels rise, once that was looked at.
    _rising: dict[str, bool] = field(default_factory=dict, init=False, compare=False, repr=False)

    def is_behind(self, book: AccountBook) -> bool:
        """Tell whether the book knows of a fill that is not counted here."""
        return book.sequences.get(Channel.FILLS, 0) > self.fills_through

    def today(self, *, since: datetime, now: datetime) -> tuple[Execution, ...] | None:
        """Return the executions since a market time, None where they are not all known.

        One from the market's future is of an earlier lap of a replay, and with it all before.
        """
        if since not in self._today:
            self._today.clear()
            self._known.clear()
            self._today[since] = self._since(since, now=now)
        return self._today[since]

    def worth_today(self, *, since: datetime, now: datetime, currency: str) -> Decimal | None:
        """Sum what was bought and sold today; None where some is not known in that currency."""
        key = ("worth", since, currency)
        known = self._known.get(key, _UNASKED)
        if isinstance(known, _Unasked):
            today = self.today(since=since, now=now)
            known = None if today is None else worth_of(today, currency=currency)
            self._known[key] = known
        return known

    def losses_today(self, *, since: datetime, now: datetime) -> Decimal | None:
        """Count the orders in a row that closed at a loss today, the latest last."""
        key = ("losses", since)
        known = self._known.get(key, _UNASKED)
        if isinstance(known, _Unasked):
            today = self.today(since=since, now=now)
            known = self._known[key] = None if today is None else losses_in_a_row(today)
        return known

    def most_repeated(
        self, strategy: str, *, window: timedelta, since: datetime | None, now: datetime
    ) -> Decimal | None:
        """Return the most fills of one side of a strategy in any window of the last hour.

        Those behind `since` alone count; the hour begins with a minute. None if that is cut off.
        """
        key = (strategy, window, since)
        known = self._repeated.get(key)
        if known is None or not known[0] <= now < known[1]:
            if len(self._repeated) >= _KNOWN_MAX:
                self._repeated.clear()
            minute = now.replace(second=0, microsecond=0)
            lately = self.within(window + REPEATED_WITHIN, now=minute)
            most = None if lately is None else _repeated(lately, strategy, window, since)
            known = self._repeated[key] = (minute, minute + _MINUTE, most)
        return known[2]

    def _since(self, since: datetime, *, now: datetime) -> tuple[Execution, ...] | None:
        found: list[Execution] = []
        for one in reversed(self.executions):
            if one.market_at > now or one.market_at < since:
                return tuple(reversed(found))
            found.append(one)
        return None if self.executions_cut else tuple(reversed(found))

    def within(self, window: timedelta, *, now: datetime) -> tuple[Execution, ...] | None:
        """Return the executions of business time (now - window, now], None if that is cut off."""
        since = now - window
        found: list[Execution] = []
        for one in reversed(self.executions):
            if one.at > since:
                found.append(one)
            elif one.at <= since - _SET_BACK:
                break
        cut = self.executions_cut and len(found) == len(self.executions)
        return None if cut else tuple(reversed(found))

    def canceled_within(self, window: timedelta, *, now: datetime) -> int | None:
        """Count the orders that ended cancelled in (now - window, now], None if that is cut off."""
        since = now - window
        if self.cancels_cut and (self.cancels_from is None or self.cancels_from > since):
            return None
        if "rise" not in self._rising:
            pairs = pairwise(self.cancels)
            self._rising["rise"] = all(one <= other for one, other in pairs)
        if self._rising["rise"]:
            return len(self.cancels) - bisect_right(self.cancels, since)
        # A clock was set back in between.
        count = 0
        for at in reversed(self.cancels):
            if at > since:
                count += 1
            elif at <= since - _SET_BACK:
                break
        return count


def day_began(session: Session) -> datetime:
    """Return from when on executions count for the session's trading day, by market time.

    Its opening, or midnight (UTC) of its date where that is earlier: a lunch break parts a day
    in two sessions of one date.
    """
    return min(session.opens_at, _midnight(session.date))


@lru_cache(_KNOWN_MAX)
def _midnight(day: date) -> datetime:
    return datetime.combine(day, time.min, tzinfo=UTC)


def worth_of(executions: tuple[Execution, ...], *, currency: str) -> Decimal | None:
    """Sum what was bought and sold in a currency; None where some was in another, or not kept."""
    worth = ZERO
    for one in executions:
        if one.value is None or one.currency != currency:
            return None
        worth += one.value
    return worth


def losses_in_a_row(executions: tuple[Execution, ...]) -> Decimal | None:
    """Count the orders at the end that closed at a loss; None where a result was not kept.

    The fills of one order count as one; orders that closed nothing, or at no gain and no
    loss, neither count nor break the row.
    """
    results: dict[UUID, Decimal] = {}
    for one in executions:
        if one.realised is None:
            return None
        # The last fill of an order is its place in the row.
        results[one.order_id] = results.pop(one.order_id, ZERO) + one.realised
    row = ZERO
    for result in reversed(results.values()):
        if result > ZERO:
            break
        row += ONE if result < ZERO else ZERO
    return row


def _repeated(
    executions: tuple[Execution, ...], strategy: str, window: timedelta, since: datetime | None
) -> Decimal:
    own = [
        one
        for one in executions
        if stopped_as(one.strategy_id) == strategy and (since is None or one.at > since)
    ]
    sides = ([one.at for one in own if one.side is side] for side in Side)
    return Decimal(max(most_within(times, window) for times in sides))


def most_within(times: Sequence[datetime], window: timedelta) -> int:
    """Return the most of the times that any window holds, its beginning left out."""
    times, first, most = sorted(times), 0, 0
    for last, at in enumerate(times):
        while times[first] <= at - window:
            first += 1
        most = max(most, last - first + 1)
    return most
