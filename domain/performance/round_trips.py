"""Follow positions from flat to flat and say what each round trip brought."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from domain.accounts.positions import Position
from domain.shared.values import ZERO


@dataclass(frozen=True, slots=True, kw_only=True)
class RoundTrip:
    """One position from flat to flat; money in the instrument's currency, costs deducted."""

    symbol: str
    opened_at: datetime
    closed_at: datetime
    profit: Decimal
    commissions: Decimal

    @property
    def is_win(self) -> bool:
        """Whether it brought more than it cost."""
        return self.profit > ZERO


@dataclass(frozen=True, slots=True)
class _Open:
    """A position that is not flat, and what stood on it before it was opened."""

    since: datetime
    is_long: bool
    realised: Decimal
    commissions: Decimal


class RoundTrips:
    """The round trips of an account, closed and open; it is told of every changed position."""

    def __init__(self) -> None:
        self._open: dict[str, _Open] = {}
        self._last: dict[str, Position] = {}
        self.closed: list[RoundTrip] = []

    @property
    def open_symbols(self) -> tuple[str, ...]:
        """The symbols that are held now, in order."""
        return tuple(sorted(self._open))

    def follow(self, position: Position, *, at: datetime) -> RoundTrip | None:
        """Take in a position after a fill or split; return the trip that this closed.

        A fill that turns the position closes one trip and opens the next; its commission
        counts to the one that it closes.
        """
        symbol = position.symbol
        before = self._last.get(symbol, Position(symbol=symbol))
        self._last[symbol] = position
        held = self._open.get(symbol)
        closed: RoundTrip | None = None
        if held is not None and (not position.quantity or held.is_long != (position.quantity > 0)):
            closed = _trip(held, position, at=at)
            self.closed.append(closed)
            del self._open[symbol]
            before = position
        if position.quantity and symbol not in self._open:
            self._open[symbol] = _Open(
                since=at,
                is_long=position.quantity > 0,
                realised=before.realised_pnl,
                commissions=before.commissions,
            )
        return closed


def win_rate(trips: Iterable[RoundTrip]) -> float | None:
    """Return the fraction of round trips with a profit, None without any."""
    won = [trip.is_win for trip in trips]
    return sum(won) / len(won) if won else None


def _trip(held: _Open, position: Position, *, at: datetime) -> RoundTrip:
    commissions = position.commissions - held.commissions
    return RoundTrip(
        symbol=position.symbol,
        opened_at=held.since,
        closed_at=at,
        profit=position.realised_pnl - held.realised - commissions,
        commissions=commissions,
    )
