"""Drive a venue in few words: a context with one account and one or two symbols."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from adapters.brokers.paper.engine import PaperVenue
from adapters.brokers.paper.settings import PaperSettings
from domain.market.prices import (
    Quote,
    SessionClosed,
    SessionOpened,
    Split,
    SplitEffective,
    TradedVolume,
)
from domain.orders.terms import OrderTerms, OrderType, Side, TimeInForce
from domain.shared.values import plain
from ports.broker import Acknowledged, Refused, Report, ReportKind, VenueOrder, VenueState

OPEN_AT = datetime(2012, 3, 1, 14, 30, tzinfo=UTC)
DAY = timedelta(days=1)
ACCOUNT = "account-1"


def terms(side: str, quantity: int | str, **more: Any) -> OrderTerms:
    """Make terms; the type follows from the prices unless given."""
    kind = OrderType.LIMIT if "limit" in more else OrderType.MARKET
    return OrderTerms(
        symbol=more.get("symbol", "IBM"),
        side=Side(side),
        type=OrderType(more.get("type", kind)),
        quantity=Decimal(quantity),
        limit_price=_decimal(more.get("limit")),
        stop_price=_decimal(more.get("stop")),
        trail=_decimal(more.get("trail")),
        trail_kind=more.get("trail_kind"),
        time_in_force=TimeInForce(more.get("tif", "day")),
        expires_at=more.get("expires_at"),
        post_only=more.get("post_only", False),
        reduce_only=more.get("reduce_only", False),
        display_quantity=_decimal(more.get("shown")),
    )


class Context:
    """One venue and the hand that feeds it."""

    def __init__(self, **settings: Any) -> None:
        self.venue = PaperVenue(settings=PaperSettings(**settings))
        self.at = OPEN_AT
        self.day = 0

    def open(self) -> None:
        """Open the session of the day."""
        self.at = OPEN_AT + self.day * DAY
        self.venue.on_event(SessionOpened(calendar="XNYS", date=self._date(), at=self.at))

    def close(self) -> None:
        """Close the session of the day."""
        self.at += timedelta(hours=6)
        self.venue.on_event(SessionClosed(calendar="XNYS", date=self._date(), at=self.at))
        self.day += 1

    def quote(self, bid: str, ask: str, last: str | None = None, symbol: str = "IBM") -> None:
        """Tell a quote, a second later."""
        self.at += timedelta(seconds=1)
        quote = Quote(
            symbol=symbol,
            bid=Decimal(bid),
            ask=Decimal(ask),
            last=Decimal(last or bid),
            at=self.at,
        )
        self.venue.on_event(quote)

    def trade(self, *path: str, volume: int = 1_000_000, symbol: str = "IBM") -> None:
        """Tell a traded path, a second later."""
        self.at += timedelta(seconds=1)
        prices = tuple(Decimal(price) for price in path)
        self.venue.on_event(
            TradedVolume(symbol=symbol, at=self.at, path=prices, volume=Decimal(volume))
        )

    def split(self, numerator: int, denominator: int = 1, *, at: datetime | None = None) -> None:
        """Let a split of IBM take effect, now unless it is heard late."""
        split = Split(
            symbol="IBM",
            ex_date=self._date(),
            numerator=Decimal(numerator),
            denominator=Decimal(denominator),
        )
        self.venue.on_event(SplitEffective(split=split, at=at or self.at))

    def submit(self, name: str, order: OrderTerms) -> Acknowledged | Refused:
        """Send an order."""
        return self.venue.submit(account_id=ACCOUNT, client_order_id=name, terms=order)

    def take(self, name: str, order: OrderTerms) -> None:
        """Send an order that must be taken."""
        answer = self.submit(name, order)
        assert isinstance(answer, Acknowledged), answer

    def refusal(self, name: str, order: OrderTerms) -> str:
        """Send an order that must be refused and return why."""
        answer = self.submit(name, order)
        assert isinstance(answer, Refused), answer
        return answer.reason

    def order(self, name: str) -> VenueOrder:
        """Read an order back."""
        found = self.venue.find(account_id=ACCOUNT, client_order_id=name)
        assert found is not None
        return found

    def state(self, name: str) -> VenueState:
        """Return where an order stands."""
        return self.order(name).state

    def fills(self, name: str) -> list[tuple[str, str]]:
        """Return an order's fills as quantity and price in text."""
        return [(plain(fill.quantity), plain(fill.price)) for fill in self.order(name).fills]

    def held(self, symbol: str = "IBM") -> Decimal:
        """Return the position."""
        held = {own.symbol: own.quantity for own in self.venue.positions(account_id=ACCOUNT)}
        return held.get(symbol, Decimal(0))

    def reports(self, name: str | None = None) -> list[Report]:
        """Return the reports, of one order or of all."""
        told = self.venue.reports(after=0, limit=1_000_000)
        return [report for report in told if name in (None, report.client_order_id)]

    def kinds(self, name: str) -> list[ReportKind]:
        """Return what the reports said of an order."""
        return [report.kind for report in self.reports(name)]

    def _date(self) -> date:
        return (OPEN_AT + self.day * DAY).date()


def opened(**settings: Any) -> Context:
    """Return a context in an open session with a quote of 100.00 / 100.02."""
    context = Context(**settings)
    context.open()
    context.quote("100.00", "100.02", "100.01")
    return context


def _decimal(value: str | int | None) -> Decimal | None:
    return None if value is None else Decimal(value)
