"""Count the order messages of an account within a window, newest first."""

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from operator import attrgetter

from domain.accounts.book import RECENT_KEPT, AccountBook, Intake
from domain.orders.terms import OrderTerms
from domain.risk.conduct_rules import CountOf, DuplicateOrder, OrderRate

_AT = attrgetter("at")
_ACCOUNT = CountOf.ACCOUNT
_SYMBOL = CountOf.SYMBOL
# A book is usually one or a few messages ahead of the one before.
_STEPS_MAX = 16
_FEW = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Recent:
    """The kept order messages of one account, oldest first, also by symbol.

    Their times only rise, as intake_of makes them. by_symbol may reach further back than
    what the book still keeps.
    """

    intakes: tuple[Intake, ...]
    by_symbol: Mapping[str, tuple[Intake, ...]]
    # Messages in by_symbol that the book has dropped meanwhile.
    surplus: int = 0

    def followed_by(self, intakes: tuple[Intake, ...]) -> "Recent":
        """Return the messages of a later book; only what is new is looked at."""
        if intakes is self.intakes:
            return self
        new = _new_in(intakes, after=self.intakes)
        surplus = self.surplus + len(self.intakes) + len(new or ()) - len(intakes)
        if new is None or surplus > RECENT_KEPT:
            return recent_of(intakes)
        by_symbol = dict(self.by_symbol)
        for intake in new:
            by_symbol[intake.symbol] = (*by_symbol.get(intake.symbol, ()), intake)
        return Recent(intakes=intakes, by_symbol=by_symbol, surplus=surplus)

    def counts(
        self, checks: Sequence[OrderRate | DuplicateOrder], terms: OrderTerms, now: datetime
    ) -> tuple[int | None, ...]:
        """Count what each check asks for since its window began; None if that is cut off."""
        intakes = self.intakes
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
                    counts.append(_alike(same, terms, since))
        return tuple(counts)


def _alike(intakes: tuple[Intake, ...], terms: OrderTerms, since: datetime) -> int:
    if len(intakes) <= _FEW:
        # Looking at the ends of a few costs less than writing the whole content.
        prices = _prices(terms)
        if not [1 for intake in intakes if intake.fingerprint.endswith(prices)]:
            return 0
    content = fingerprint(terms)
    count = 0
    for intake in reversed(intakes):
        if intake.at <= since:
            break
        if intake.fingerprint == content:
            count += 1
    return count


def recent_of(intakes: tuple[Intake, ...]) -> Recent:
    """Sort all kept messages by symbol."""
    by_symbol: dict[str, list[Intake]] = {}
    for intake in intakes:
        by_symbol.setdefault(intake.symbol, []).append(intake)
    return Recent(
        intakes=intakes, by_symbol={symbol: tuple(kept) for symbol, kept in by_symbol.items()}
    )


def fingerprint(terms: OrderTerms) -> str:
    """Write the content by which duplicates are known, the same for equal numbers.

    The account is not in it: messages are kept per account.
    """
    return " ".join((terms.side, terms.symbol, terms.type, _number(terms.quantity), _prices(terms)))


def _prices(terms: OrderTerms) -> str:
    limit, stop, trail = terms.limit_price, terms.stop_price, terms.trail
    if stop is None and trail is None:
        return "  " if limit is None else f"{_number(limit)}  "
    return " ".join(["" if price is None else _number(price) for price in (limit, stop, trail)])


def _number(value: Decimal) -> str:
    """Write equal numbers alike: str(value.normalize()), which most are already."""
    text = str(value)
    return str(value.normalize()) if text.endswith("0") or "E" in text else text


def intake_of(terms: OrderTerms, *, book: AccountBook, now: datetime) -> Intake:
    """Return the order message to keep in the book; its time never runs backwards."""
    at = max(now, book.recent[-1].at) if book.recent else now
    return Intake(at=at, fingerprint=fingerprint(terms), symbol=terms.symbol)


def _new_in(intakes: tuple[Intake, ...], *, after: tuple[Intake, ...]) -> tuple[Intake, ...] | None:
    """Return the messages behind those known, None when the two do not hang together."""
    if not after:
        return None
    last = after[-1]
    for steps in range(min(_STEPS_MAX, len(intakes))):
        if intakes[-1 - steps] is last:
            return intakes[len(intakes) - steps :]
    return None
