"""Know how much work waits to be sent, and keep it to so many seconds' worth.

An account's or a venue's backlog is measured in seconds: the orders that wait, over how many
left in a second while more were waiting than left. That rate is looked at twice a second, over
the last seconds in which there was such a backlog; until there was one, it is taken to be
PRIOR_PER_S. An account whose oldest order has waited for longer than the bound is over it too,
whatever the rate: that one is not moving.

Only what opens is kept out. What reduces a position is never refused for a backlog, nor are
cancels and what flattens: they do not wait behind what opens either.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from application.orders.commands import Behind
from application.orders.judgement import Judgement
from domain.accounts.book import AccountBook
from domain.orders.order import Order
from domain.orders.states import OrderState
from domain.risk.effect import effect_of
from ports.orders import Unsent

_ACCEPTED = OrderState.ACCEPTED
PRIOR_PER_S = 100.0
# How long the prior is believed, and over how many seconds of backlog the rate is taken.
PRIOR_S = 1.0
WINDOW_S = 5.0
# Without a backlog for so long, a rate is forgotten.
FORGET_S = 30.0
RETRY_S_MAX = 60


@dataclass(slots=True)
class _Drain:
    """How quickly a backlog shrinks while it is there."""

    left: float = 0.0
    busy_s: float = 0.0
    seen_s: float = 0.0

    @property
    def per_s(self) -> float:
        return (self.left + PRIOR_PER_S * PRIOR_S) / (self.busy_s + PRIOR_S)

    def count(self, *, before: int, still: int, passed_s: float, now_s: float) -> None:
        """Take note of how many of those that waited before are still waiting."""
        if passed_s <= 0 or not before:
            return
        self.seen_s = now_s
        left = max(before - still, 0)
        if not still and left <= self.per_s * passed_s:
            # All of it went: how many more could have is not known.
            return
        self.left += left
        self.busy_s += passed_s
        if self.busy_s > WINDOW_S:
            self.left *= WINDOW_S / self.busy_s
            self.busy_s = WINDOW_S


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """What waits to be sent at one broker, or of one account."""

    orders: int = 0
    oldest_at: datetime | None = None

    def age_s(self, now: datetime) -> float:
        """Return how long the oldest has waited, 0 for none."""
        return max((now - self.oldest_at).total_seconds(), 0.0) if self.oldest_at else 0.0


_NOTHING = Waiting()


@dataclass(slots=True)
class Backlog:
    """What waits as of the latest look, and whether more may be taken in.

    limit_s is the bound in seconds of work; None is no bound.
    """

    limit_s: float | None = None
    # The latest look, by account and by broker.
    accounts: Mapping[UUID, Unsent] = field(default_factory=dict)
    brokers: Mapping[str, Waiting] = field(default_factory=dict)
    seen: UUID | None = None
    # When the market opened, as of the look: what came in before at its price waits for it.
    opened_at: datetime | None = None
    # Brokers that something has waited for.
    known: set[str] = field(default_factory=set)
    _drains: dict[UUID | str, _Drain] = field(default_factory=dict)
    _looked_s: float | None = None

    @property
    def everywhere(self) -> Waiting:
        """What waits at all brokers together."""
        oldest = [one.oldest_at for one in self.brokers.values() if one.oldest_at is not None]
        return Waiting(
            orders=sum(one.orders for one in self.brokers.values()),
            oldest_at=min(oldest, default=None),
        )

    def look(self, found: Sequence[Unsent], *, now_s: float) -> None:
        """Take over what waits now; found was asked for with `seen`."""
        accounts = {one.account_id: one for one in found}
        brokers: dict[str, Waiting] = {}
        for one in found:
            known = brokers.get(one.broker, _NOTHING)
            first = known.oldest_at
            brokers[one.broker] = Waiting(
                orders=known.orders + one.orders,
                oldest_at=one.oldest_at if first is None else min(first, one.oldest_at),
            )
        if self._looked_s is not None:
            self._measure(accounts, passed_s=now_s - self._looked_s, now_s=now_s)
        self.accounts, self.brokers, self._looked_s = accounts, brokers, now_s
        self.known.update(brokers)
        newest = max((one.newest for one in found), default=None)
        if newest is not None and (self.seen is None or newest > self.seen):
            self.seen = newest

    def _measure(self, accounts: Mapping[UUID, Unsent], *, passed_s: float, now_s: float) -> None:
        still: dict[str, int] = {}
        for account_id, before in self.accounts.items():
            now = accounts.get(account_id)
            of_before = min(now.of_before, before.orders) if now is not None else 0
            still[before.broker] = still.get(before.broker, 0) + of_before
            self._drain(account_id).count(
                before=before.orders, still=of_before, passed_s=passed_s, now_s=now_s
            )
        for name, waiting in self.brokers.items():
            self._drain(name).count(
                before=waiting.orders, still=still.get(name, 0), passed_s=passed_s, now_s=now_s
            )
        for key in [key for key, one in self._drains.items() if one.seen_s < now_s - FORGET_S]:
            del self._drains[key]

    def _drain(self, key: UUID | str) -> _Drain:
        return self._drains.setdefault(key, _Drain())

    def behind(self, book: AccountBook, *, more: int, now: datetime) -> Behind | None:
        """Return why so many more orders of the account are not taken in now; None if they are."""
        if self.limit_s is None:
            return None
        unsent = [
            one.updated_at
            for one in book.orders.values()
            # Most of a book rests at the venue: passed by as cheaply as can be.
            if one.state is _ACCEPTED and not (one.waiting or self._waits_for_open(one))
        ]
        account = book.account
        if unsent:
            waited_s = (now - min(unsent)).total_seconds()
            if waited_s > self.limit_s:
                return _behind(
                    f"the account's oldest order has waited for {waited_s:.1f} s to be sent",
                    over_s=waited_s - self.limit_s,
                )
        for what, key, orders in (
            ("the account", account.id, len(unsent)),
            (f"the venue {account.broker}", account.broker, self._at(account.broker, unsent)),
        ):
            drain = self._drains.get(key)
            per_s = drain.per_s if drain is not None else PRIOR_PER_S
            over_s = (orders + more) / per_s - self.limit_s
            if orders and over_s > 0:
                return _behind(
                    f"{orders} orders of {what} wait to be sent, {per_s:.0f} leave in a second",
                    over_s=over_s,
                )
        return None

    def _waits_for_open(self, order: Order) -> bool:
        if self.opened_at is None or order.terms.limit_price is not None:
            return False
        return order.market_at < self.opened_at

    def _at(self, broker: str, unsent: Sequence[datetime]) -> int:
        """Return how many wait at the broker: as of the look, and the account's at least."""
        waiting = self.brokers.get(broker, _NOTHING)
        return max(waiting.orders, len(unsent))


def _behind(why: str, *, over_s: float) -> Behind:
    retry_after_s = min(max(math.ceil(over_s), 1), RETRY_S_MAX)
    return Behind(detail=f"{why}: try again in {retry_after_s} s", retry_after_s=retry_after_s)


def all_reduce(orders: Sequence[Order], judged: Sequence[Judgement]) -> bool:
    """Tell whether every one of them only reduces: an exit is not refused for a backlog."""
    return all(
        effect_of(order, order.terms, one.situation).reducing
        for order, one in zip(orders, judged, strict=True)
    )
