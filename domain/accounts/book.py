"""Hold all that decides about one account, as one versioned value."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from domain.accounts.account import Account
from domain.accounts.positions import Position
from domain.orders.order import Order
from domain.shared.values import ZERO

# Enough for a rate limit of 1,000 an hour; rules refuse larger windows when made. So many
# are kept of the messages that only reduced, and so many of all others.
RECENT_KEPT = 1_000
# What the content of a message begins with that only reduced: it is told from any other.
REDUCING = "reducing "
# So many of the latest changes are told of, and one more for each open order: seeing a book of
# few orders anew costs no more than following many changes. No more than come between two
# orders taken in, of sends' intents and answers.
TOUCHED_KEPT = 8
TOUCHED_KEPT_MAX = 128


class Channel(StrEnum):
    """A stream of an account's events; sequence numbers run per account and channel."""

    ORDERS = "orders"
    FILLS = "fills"
    POSITIONS = "positions"
    RISK = "risk"


@dataclass(frozen=True, slots=True, kw_only=True)
class TradingDay:
    """The account's current trading day, by the market's calendar.

    opening_equity is the equity at the day's start in the account's currency, net of
    deposits since: daily P&L = equity - opening_equity.
    """

    date: date
    opening_equity: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Intake:
    """One order message that came in: for rate and duplicate rules. at is business time."""

    at: datetime
    fingerprint: str
    symbol: str

    @property
    def reducing(self) -> bool:
        """Whether it only reduced: such messages have budgets of their own."""
        return self.fingerprint.startswith(REDUCING)


@dataclass(frozen=True, slots=True, kw_only=True)
class BookChanges:
    """What one change to a book left different from the book before it.

    Whoever keeps something worked out from an earlier book need only look at these orders,
    as the change left them, and these symbols' positions. It is known by its identity: an
    empty one stands for a book that was read, not made by a change.
    """

    orders: tuple[Order, ...] = ()
    positions: tuple[str, ...] = ()


def _read() -> tuple[BookChanges, ...]:
    return (BookChanges(),)


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountBook:
    """One account as of one version: cash, positions, live orders, day, peak, halt.

    orders holds every order that is not closed, parked and unknown ones included; recent
    are the latest order messages, in the order they came, apart from those that only reduced.
    lap is the one of the replay that day, positions and orders are of: its dates repeat.
    Every change makes version + 1 and is stored only if the stored version is this one.
    """

    account: Account
    version: int
    cash: Mapping[str, Decimal] = field(default_factory=dict)
    positions: Mapping[str, Position] = field(default_factory=dict)
    orders: Mapping[UUID, Order] = field(default_factory=dict)
    day: TradingDay | None = None
    peak_equity: Decimal = ZERO
    recent: tuple[Intake, ...] = ()
    recent_reducing: tuple[Intake, ...] = ()
    sequences: Mapping[Channel, int] = field(default_factory=dict)
    lap: int = 1
    # Only a way to save work: what the latest changes touched, the one that made this book last.
    touched: tuple[BookChanges, ...] = field(default_factory=_read, compare=False, repr=False)

    def position(self, symbol: str) -> Position:
        """Return the position in a symbol, a flat one when there is none."""
        held = self.positions.get(symbol)
        return held if held is not None else Position(symbol=symbol)

    def in_lap(self, reference: str) -> str:
        """Return the reference of what happens on a date of the market, which may come again."""
        return reference if self.lap == 1 else f"{reference}:lap-{self.lap}"

    @property
    def settled_cash(self) -> Decimal:
        """Cash in the account's own currency."""
        return self.cash.get(self.account.currency, ZERO)

    def touched_with(self, change: BookChanges) -> tuple[BookChanges, ...]:
        """Return what the latest changes touched, with this one behind them."""
        kept = min(TOUCHED_KEPT + len(self.orders), TOUCHED_KEPT_MAX)
        return (*self.touched, change)[-kept:]

    def touched_since(self, earlier: "AccountBook") -> Sequence[BookChanges] | None:
        """Return what was touched since an earlier book, oldest first; None when that is unknown.

        Each change is known by its identity, and with it the book that it made.
        """
        if not earlier.touched or earlier.lap != self.lap:
            return None
        made = earlier.touched[-1]
        for place in range(len(self.touched) - 1, -1, -1):
            if self.touched[place] is made:
                return self.touched[place + 1 :]
        return None

    def messages_with(
        self, intakes: Iterable[Intake]
    ) -> tuple[tuple[Intake, ...], tuple[Intake, ...]]:
        """Return the latest messages with these behind them: all others, and reducing ones."""
        recent, reducing = self.recent, self.recent_reducing
        for intake in intakes:
            if intake.reducing:
                reducing = (*reducing, intake)[-RECENT_KEPT:]
            else:
                recent = (*recent, intake)[-RECENT_KEPT:]
        return recent, reducing
