"""Count the order messages of an account within a window, newest first."""

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from operator import attrgetter

from domain.accounts.book import RECENT_KEPT, REDUCING, AccountBook, Intake
from domain.orders.terms import OrderTerms
from domain.risk.order_rules import CountOf, DuplicateOrder, OrderRate

_AT = attrgetter("at")
_ACCOUNT = CountOf.ACCOUNT
_SYMBOL = CountOf.SYMBOL
# Clocks of processes differ by less, and are corrected by less at a time.
STEP = timedelta(seconds=1)
# A book is usually one or a few messages ahead of the one before.
_STEPS_MAX = 16
_FEW = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Recent:
    """The kept order messages of one account and one budget, by time and also by symbol.

    intakes are those of the book, in the order they came; their times rise, but where the
    clock was set back. by_symbol may reach further back than what the book still keeps.
    """

    intakes: tuple[Intake, ...]
    by_time: tuple[Intake, ...]
    by_symbol: Mapping[str, tuple[Intake, ...]]
    # Messages in by_symbol that the book has dropped meanwhile.
    surplus: int = 0

    def followed_by(self, intakes: tuple[Intake, ...]) -> "Recent":
        """Return the messages of a later book; only what is new is looked at."""
        if intakes is self.intakes:
            return self
        new = _new_in(intakes, after=self.intakes)
        surplus = self.surplus + len(self.intakes) + len(new or ()) - len(intakes)
        if (
            new is None
            or surplus > RECENT_KEPT
            or self.by_time is not self.intakes
            or not _rises((*self.intakes[-1:], *new))
        ):
            return recent_of(intakes)
        by_symbol = dict(self.by_symbol)
        for intake in new:
            by_symbol[intake.symbol] = (*by_symbol.get(intake.symbol, ()), intake)
        return Recent(intakes=intakes, by_time=intakes, by_symbol=by_symbol, surplus=surplus)

    def is_ahead(self, now: datetime) -> bool:
        """Tell whether a message lies ahead of now, by more than clocks may differ."""
        return bool(self.by_time) and lies_ahead(self.by_time[-1], now=now)

    def counts(
        self,
        checks: Sequence[OrderRate | DuplicateOrder],
        terms: OrderTerms,
        now: datetime,
        *,
        reducing: bool = False,
    ) -> tuple[int | None, ...]:
        """Count what each check asks for since its window began; None if that is cut off.

        reducing says whether the order asked for only reduces, as all of these messages did.
        """
        intakes = self.by_time
        if not intakes:
            return (0,) * len(checks)
        idle = now - intakes[-1].at
        counts: list[int | None] = []
        for check in checks:
            window = check.window
            if idle >= window:
                counts.append(0)
                continue
            since = now - window
            if check.counts is _ACCOUNT:
                # All that is kept is all that a rule may allow: a full book is a breach.
                counts.append(len(intakes) - bisect_right(intakes, since, key=_AT))
            elif len(intakes) >= RECENT_KEPT and intakes[0].at > since:
                # Older messages of the window were dropped from the book.
                counts.append(None)
            else:
                same = self.by_symbol.get(terms.symbol)
                if same is None or same[-1].at <= since:
                    counts.append(0)
                elif check.counts is _SYMBOL:
                    counts.append(len(same) - bisect_right(same, since, key=_AT))
                else:
                    counts.append(_alike(same, terms, since, reducing))
        return tuple(counts)


def _alike(intakes: tuple[Intake, ...], terms: OrderTerms, since: datetime, reducing: bool) -> int:
    if len(intakes) <= _FEW:
        # Looking at the ends of a few costs less than writing the whole content.
        prices = _prices(terms)
        if not [1 for intake in intakes if intake.fingerprint.endswith(prices)]:
            return 0
    content = fingerprint(terms, reducing=reducing)
    count = 0
    for intake in reversed(intakes):
        if intake.at <= since:
            break
        if intake.fingerprint == content:
            count += 1
    return count


def lies_ahead(intake: Intake, *, now: datetime) -> bool:
    """Tell whether a message came while the clock was ahead of now."""
    return intake.at > now + STEP


def recent_of(intakes: tuple[Intake, ...]) -> Recent:
    """Sort all kept messages by time and by symbol."""
    by_time = intakes if _rises(intakes) else tuple(sorted(intakes, key=_AT))
    by_symbol: dict[str, list[Intake]] = {}
    for intake in by_time:
        by_symbol.setdefault(intake.symbol, []).append(intake)
    return Recent(
        intakes=intakes,
        by_time=by_time,
        by_symbol={symbol: tuple(kept) for symbol, kept in by_symbol.items()},
    )


def _rises(intakes: tuple[Intake, ...]) -> bool:
    return all(first.at <= then.at for first, then in pairwise(intakes))


def fingerprint(terms: OrderTerms, *, reducing: bool = False) -> str:
    """Write the content by which duplicates are known, the same for equal numbers.

    The account is not in it: messages are kept per account. That it only reduces is: it has
    a budget of its own.
    """
    content = " ".join(
        (terms.side, terms.symbol, terms.type, _number(terms.quantity), _prices(terms))
    )
    return REDUCING + content if reducing else content


def _prices(terms: OrderTerms) -> str:
    limit, stop, trail = terms.limit_price, terms.stop_price, terms.trail
    if stop is None and trail is None:
        return "  " if limit is None else f"{_number(limit)}  "
    return " ".join(["" if price is None else _number(price) for price in (limit, stop, trail)])


def _number(value: Decimal) -> str:
    """Write equal numbers alike: str(value.normalize()), which most are already."""
    text = str(value)
    return str(value.normalize()) if text.endswith("0") or "E" in text else text


def intake_of(terms: OrderTerms, *, book: AccountBook, now: datetime, reducing: bool) -> Intake:
    """Return the order message to keep in the book.

    A clock that differs a little from the one before it does not take times back; one that was
    set does, for what it said before was wrong.
    """
    before = book.recent_reducing if reducing else book.recent
    at = now
    if before and now < before[-1].at <= now + STEP:
        at = before[-1].at
    return Intake(at=at, fingerprint=fingerprint(terms, reducing=reducing), symbol=terms.symbol)


def _new_in(intakes: tuple[Intake, ...], *, after: tuple[Intake, ...]) -> tuple[Intake, ...] | None:
    """Return the messages behind those known, None when the two do not hang together."""
    if not after:
        return None
    last = after[-1]
    for steps in range(min(_STEPS_MAX, len(intakes))):
        if intakes[-1 - steps] is last:
            return intakes[len(intakes) - steps :]
    return None
