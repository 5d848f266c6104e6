"""Collect one change of an account's book: all of it is stored, or nothing."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from uuid import UUID

from domain.accounts.account import AccountKind
from domain.accounts.book import AccountBook, BookChanges, Channel, Intake, TradingDay
from domain.accounts.book_change import BookChange, Fences, Halt, Reply
from domain.accounts.decision import Decision
from domain.accounts.describe import describe_booked, describe_order, describe_position
from domain.accounts.ledger import EntryKind, LedgerAccount, LedgerTransaction, Posting, exchange
from domain.accounts.positions import Position, traded_value
from domain.audit.entry import AuditEntry
from domain.orders.events import OrderEvent, OrderEventType
from domain.orders.moves import Move, MoveTimes
from domain.orders.order import Fill, Order
from domain.shared.frozen import builder
from domain.shared.notices import Notice
from domain.shared.texts import id_text
from domain.shared.values import ZERO, plain

_book_change = builder(BookChange)
_book = builder(AccountBook)
_touched = builder(BookChanges)
_notice = builder(Notice)
_ACCEPTED = OrderEventType.ACCEPTED


@dataclass(slots=True, kw_only=True)
class Draft:
    """Build one change step by step; nothing outside sees it before `done`."""

    book: AccountBook
    when: MoveTimes
    new_id: Callable[[], UUID]
    fences: Fences = field(default_factory=Fences)
    reply: Reply | None = None
    halt: Halt | None = None
    heard: int | None = None
    _orders: dict[UUID, Order] = field(default_factory=dict)
    _new_orders: set[UUID] = field(default_factory=set)
    _live: dict[UUID, Order] | None = None
    _positions: dict[str, Position] = field(default_factory=dict)
    _cash: dict[str, Decimal] = field(default_factory=dict)
    _sequences: dict[Channel, int] = field(default_factory=dict)
    _fills: list[Fill] = field(default_factory=list)
    _ledger: list[LedgerTransaction] = field(default_factory=list)
    _intakes: list[Intake] = field(default_factory=list)
    _decisions: list[Decision] = field(default_factory=list)
    _audit: list[AuditEntry] = field(default_factory=list)
    _notices: list[Notice] = field(default_factory=list)

    def order(self, order_id: UUID) -> Order | None:
        """Return a live order as it stands in this draft."""
        return self._orders.get(order_id) or self.book.orders.get(order_id)

    def live_orders(self) -> Mapping[UUID, Order]:
        """Return the orders that are not closed, as they stand in this draft."""
        return self._live if self._live is not None else self.book.orders

    def put(self, moved: Move) -> Order:
        """Take a moved order and its events into the change."""
        order = moved.order
        self._orders[order.id] = order
        if self._live is None:
            self._live = dict(self.book.orders)
        if order.is_closed:
            self._live.pop(order.id, None)
        else:
            self._live[order.id] = order
        for event in moved.events:
            if event.type is _ACCEPTED:  # once, and before all else
                self._new_orders.add(order.id)
            self._tell_order(order, event)
        return order

    def position(self, symbol: str) -> Position:
        """Return a position as it stands in this draft."""
        return self._positions.get(symbol) or self.book.position(symbol)

    def book_fill(
        self, fill: Fill, *, multiplier: Decimal, after: Position | None = None
    ) -> Position:
        """Book an execution and tell of it; after is the position where its units differ."""
        before = self.position(fill.symbol)
        if after is None:
            held = replace(before, multiplier=multiplier)
            after = held.traded(
                quantity=fill.signed_quantity, price=fill.price, commission=fill.commission
            )
        cost = traded_value(quantity=fill.signed_quantity, price=fill.price, multiplier=multiplier)
        postings = exchange(
            symbol=fill.symbol,
            quantity=fill.signed_quantity,
            currency=fill.currency,
            cost=cost,
            commission=fill.commission,
        )
        self._positions[fill.symbol] = after
        self._fills.append(fill)
        self.post(kind=EntryKind.FILL, postings=postings, reference=str(fill.id))
        made, order = after.realised_pnl - before.realised_pnl, self.order(fill.order_id)
        body = describe_booked(fill, value=abs(cost), made=made, order=order)
        self.tell(Channel.FILLS, type="fill.booked", subject=str(fill.id), body=body)
        self.tell_position(after)
        return after

    def post(self, *, kind: EntryKind, postings: tuple[Posting, ...], reference: str) -> None:
        """Add a balanced ledger transaction and move the cash it moves."""
        account = self.book.account
        self._ledger.append(
            LedgerTransaction(
                id=self.new_id(),
                tenant_id=account.tenant_id,
                account_id=account.id,
                kind=kind,
                postings=postings,
                at=self.when.at,
                market_at=self.when.market_at,
                reference=reference,
            )
        )
        for posting in postings:
            kind_of_asset, _, name = posting.asset.partition(":")
            if posting.ledger is LedgerAccount.HOLDING and kind_of_asset == "cash":
                self.move_cash(name, amount=posting.amount)

    def move_cash(self, currency: str, *, amount: Decimal) -> None:
        """Add an amount to the cash of a currency."""
        before = self._cash.get(currency, self.book.cash.get(currency, ZERO))
        self._cash[currency] = before + amount

    def set_position(self, position: Position) -> None:
        """Replace a position, for corporate actions."""
        self._positions[position.symbol] = position
        self.tell_position(position)

    def tell_position(self, position: Position) -> None:
        """Add the notice of a changed position."""
        body = describe_position(position)
        self.tell(Channel.POSITIONS, type="position.changed", subject=position.symbol, body=body)

    def take_in(self, intake: Intake) -> None:
        """Count an order message for the rate and duplicate rules."""
        self._intakes.append(intake)

    def decide(self, decision: Decision) -> None:
        """Store what the gate decided."""
        self._decisions.append(decision)

    def audit(self, entry: AuditEntry) -> None:
        """Store who did this."""
        self._audit.append(entry)

    def tell(self, channel: Channel, *, type: str, subject: str, body: Mapping[str, str]) -> None:
        """Add a notice with the channel's next sequence number."""
        last = self._sequences.get(channel, self.book.sequences.get(channel, 0))
        self._sequences[channel] = last + 1
        account = self.book.account
        self._notices.append(
            _notice(
                id=self.new_id(),
                tenant_id=account.tenant_id,
                account_id=account.id,
                channel=channel,
                sequence=last + 1,
                type=type,
                subject=subject,
                at=self.when.at,
                market_at=self.when.market_at,
                body=body,
            )
        )

    def _tell_order(self, order: Order, event: OrderEvent) -> None:
        body = describe_order(order)
        body.update(event.detail)
        body["state"] = event.state
        self.tell(Channel.ORDERS, type=event.type, subject=id_text(order.id), body=body)

    def _tell_debt(self) -> None:
        """Add the alert where a cash account comes to owe money, which it never may."""
        account, before = self.book.account, self.book.settled_cash
        after = self._cash.get(account.currency, before)
        if account.kind is AccountKind.CASH and after < ZERO <= before:
            self.tell(
                Channel.RISK,
                type="risk.cash_below_zero",
                subject=id_text(account.id),
                body={"currency": account.currency, "cash": plain(after), "before": plain(before)},
            )

    def done(
        self, *, day: TradingDay | None = None, peak_equity: Decimal | None = None
    ) -> BookChange:
        """Close the draft: the change with the book after it, one version on."""
        book = self.book
        self._tell_debt()
        orders, positions = tuple(self._orders.values()), tuple(self._positions)
        recent, recent_reducing = book.messages_with(self._intakes)
        after = _book(
            account=book.account,
            version=book.version + 1,
            cash={**book.cash, **self._cash} if self._cash else book.cash,
            positions={**book.positions, **self._positions} if positions else book.positions,
            orders=self._live if self._live is not None else book.orders,
            day=day if day is not None else book.day,
            peak_equity=peak_equity if peak_equity is not None else book.peak_equity,
            recent=recent,
            recent_reducing=recent_reducing,
            sequences={**book.sequences, **self._sequences} if self._sequences else book.sequences,
            lap=book.lap,
            touched=book.touched_with(_touched(orders=orders, positions=positions)),
        )
        return _book_change(
            book=after,
            fences=self.fences,
            orders=orders,
            new_orders=frozenset(self._new_orders),
            fills=tuple(self._fills),
            ledger=tuple(self._ledger),
            positions=positions,
            currencies=tuple(self._cash),
            intakes=tuple(self._intakes),
            decisions=tuple(self._decisions),
            audit=tuple(self._audit),
            notices=tuple(self._notices),
            replies=(self.reply,) if self.reply is not None else (),
            halt=self.halt,
            heard=self.heard,
            figures=bool(self._cash) or day is not None or peak_equity is not None,
        )
