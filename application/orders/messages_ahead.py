"""Count order messages that came while the clock was ahead: once, for one window.

What such a message says of its time is wrong, and would close its window until the time that it
names has come. It counts from when it is first seen here instead, by a clock that nobody sets;
so it does after a restart too, for another window.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

from domain.accounts.book import Intake
from domain.risk.book_view import BookView
from domain.risk.order_rules import WINDOW_MAX
from domain.risk.recent import Recent, lies_ahead, recent_of
from ports.time import Clock

# Told of an account, how many messages lie ahead, and until when.
OnAhead = Callable[[UUID, int, datetime], None]


class MessagesAhead:
    """Knows since when each message ahead of now is known, account by account."""

    def __init__(self, *, clock: Clock, on_ahead: OnAhead) -> None:
        self._clock = clock
        self._on_ahead = on_ahead
        self._since: dict[int, dict[Intake, float]] = {}

    def settled(self, view: BookView, *, now: datetime) -> tuple[BookView, int]:
        """Return the view with no message ahead of now, and how many of its messages were.

        A message that was ahead lies as far before now as it is known; after the longest
        window it is gone for good.
        """
        key = view.book.account.id.int
        ahead = view.recent.is_ahead(now) or view.recent_reducing.is_ahead(now)
        if not ahead and key not in self._since:
            return view, 0
        since = self._noted(view, now=now)
        if not since:
            return view, 0
        at = self._clock.monotonic()
        ages = {one: timedelta(seconds=at - first) for one, first in since.items()}
        counted = sum(age < WINDOW_MAX for age in ages.values())
        return replace(
            view,
            recent=_moved(view.recent, ages=ages, now=now),
            recent_reducing=_moved(view.recent_reducing, ages=ages, now=now),
        ), counted

    def _noted(self, view: BookView, *, now: datetime) -> dict[Intake, float]:
        """Take note of what is ahead, and forget what the book or the true time has overtaken."""
        account_id = view.book.account.id
        before = self._since.get(account_id.int, {})
        at = self._clock.monotonic()
        since: dict[Intake, float] = {}
        new: list[Intake] = []
        for recent in (view.recent, view.recent_reducing):
            for one in recent.by_time:
                if one in before and one.at > now - WINDOW_MAX:
                    since[one] = before[one]
                elif lies_ahead(one, now=now) and one not in since:
                    new.append(one)
                    since[one] = at
        if since:
            self._since[account_id.int] = since
        else:
            self._since.pop(account_id.int, None)
        if new:
            self._on_ahead(account_id, len(new), max(one.at for one in new))
        return since


def _moved(recent: Recent, *, ages: dict[Intake, timedelta], now: datetime) -> Recent:
    moved = (
        one if age is None else replace(one, at=now - age)
        for one, age in ((one, ages.get(one)) for one in recent.by_time)
        if age is None or age < WINDOW_MAX
    )
    return recent_of(tuple(moved))
