"""Make valid test data with few words: accounts, books, orders, fills, changes, latches."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import count
from typing import Any
from uuid import UUID

from domain.accounts.account import Account, AccountKind, Portfolio
from domain.accounts.book import AccountBook, TradingDay
from domain.accounts.book_change import BookChange, Fences
from domain.accounts.change import Draft
from domain.accounts.ledger import (
    EntryKind,
    LedgerAccount,
    LedgerTransaction,
    cash_asset,
    transfer,
)
from domain.audit.entry import AuditEntry
from domain.identity.factors import Recovery
from domain.identity.notice import UserNotice
from domain.identity.tenant import Tenant
from domain.kill_switch.latch import Latch, LatchCause, Scope, Target
from domain.orders.events import OrderEventType
from domain.orders.moves import Move, MoveTimes, fill, move
from domain.orders.order import Fill, Order
from domain.orders.states import OrderState
from domain.orders.terms import OrderTerms, OrderType, Side
from domain.shared.notices import Notice
from ports.access import Cancellation

AT = datetime(2026, 1, 2, 15, 4, 5, 678_901, tzinfo=UTC)
MARKET_AT = datetime(2013, 3, 1, 15, 0, tzinfo=UTC)
WHEN = MoveTimes(at=AT, market_at=MARKET_AT)
NO_FENCES = Fences()
DAY = TradingDay(date=date(2013, 3, 1), opening_equity=Decimal(100_000))

_numbers = count(1)


def new_id() -> UUID:
    """Return an id above every one made before, shaped like a UUIDv7."""
    return UUID(int=(0x0190_0000_0000_7000 << 64) | (0b10 << 62) | next(_numbers))


def decimals(*values: int | str) -> tuple[Decimal, ...]:
    """Return the numbers as decimals, to compare several figures at once."""
    return tuple(Decimal(value) for value in values)


def later(seconds: float) -> MoveTimes:
    """Return both times that many seconds after the usual ones."""
    return MoveTimes(at=AT + timedelta(seconds=seconds), market_at=MARKET_AT)


def tenant(*, name: str = "Home") -> Tenant:
    """Make a tenant."""
    return Tenant(id=new_id(), name=name, created_at=AT)


def portfolio(*, tenant_id: UUID, name: str = "Main") -> Portfolio:
    """Make a portfolio."""
    return Portfolio(id=new_id(), tenant_id=tenant_id, name=name, created_at=AT)


def account(**given: Any) -> Account:
    """Make a margin account at the paper broker, of a tenant of its own if none is given."""
    fields: dict[str, Any] = {
        "id": new_id(),
        "tenant_id": new_id(),
        "portfolio_id": new_id(),
        "name": "Trading",
        "broker": "paper",
        "created_at": AT,
        "kind": AccountKind.MARGIN,
        "leverage": Decimal(2),
    }
    return Account(**(fields | given))


def book(of: Account | None = None, **given: Any) -> AccountBook:
    """Make a first book with 100,000 in cash."""
    owner = of if of is not None else account()
    fields: dict[str, Any] = {
        "account": owner,
        "version": 0,
        "cash": {owner.currency: Decimal(100_000)},
        "day": DAY,
        "peak_equity": Decimal(100_000),
    }
    return AccountBook(**(fields | given))


def funding(of: AccountBook) -> LedgerTransaction:
    """Make the deposit that explains a first book's cash."""
    owner = of.account
    return LedgerTransaction(
        id=new_id(),
        tenant_id=owner.tenant_id,
        account_id=owner.id,
        kind=EntryKind.DEPOSIT,
        postings=transfer(
            source=LedgerAccount.FUNDING,
            asset=cash_asset(owner.currency),
            amount=of.settled_cash,
        ),
        at=AT,
        market_at=MARKET_AT,
        reference="deposit:opening",
    )


def terms(**given: Any) -> OrderTerms:
    """Make the terms of a limit order to buy 10 AAPL at 100."""
    fields: dict[str, Any] = {
        "symbol": "AAPL",
        "side": Side.BUY,
        "type": OrderType.LIMIT,
        "quantity": Decimal(10),
        "limit_price": Decimal(100),
    }
    fields |= given
    if fields["type"] is OrderType.MARKET and "limit_price" not in given:
        del fields["limit_price"]
    return OrderTerms(**fields)


def order(of: Account | None = None, **given: Any) -> Order:
    """Make an initialized order; `terms`, `state` and every other field may be given."""
    owner = of if of is not None else account()
    order_id = given.get("id") or new_id()
    fields: dict[str, Any] = {
        "id": order_id,
        "tenant_id": owner.tenant_id,
        "account_id": owner.id,
        "client_order_id": f"c-{order_id.hex}",
        "terms": terms(),
        "accepted_at": AT,
        "updated_at": AT,
        "market_at": MARKET_AT,
        "actor": "user:test",
    }
    return Order(**(fields | given))


def execution(
    of: Order,
    *,
    quantity: Decimal | int | str = 10,
    price: Decimal | int | str = 100,
    trade_id: str | None = None,
    **given: Any,
) -> Fill:
    """Make a fill of an order."""
    fill_id = new_id()
    fields: dict[str, Any] = {
        "id": fill_id,
        "trade_id": trade_id if trade_id is not None else f"t-{fill_id.hex}",
        "order_id": of.id,
        "tenant_id": of.tenant_id,
        "account_id": of.account_id,
        "symbol": of.symbol,
        "side": of.side,
        "quantity": Decimal(quantity),
        "price": Decimal(price),
        "commission": Decimal(0),
        "currency": "USD",
        "at": AT,
        "market_at": MARKET_AT,
    }
    return Fill(**(fields | given))


def target(
    *,
    tenant_id: UUID,
    account_id: UUID,
    broker: str = "paper",
    symbol: str = "AAPL",
    strategy_id: str | None = None,
) -> Target:
    """Return an order as a latch of the kill switch sees it."""
    return Target(
        tenant_id=tenant_id,
        account_id=account_id,
        broker=broker,
        symbol=symbol,
        strategy_id=strategy_id,
    )


def draft(of: AccountBook, *, when: MoveTimes = WHEN, fences: Fences = NO_FENCES) -> Draft:
    """Open a draft of a change of a book."""
    return Draft(book=of, when=when, new_id=new_id, fences=fences)


def to_state(of: Order, state: OrderState, *, when: MoveTimes = WHEN) -> Move:
    """Move an order to a state, told as the event that fits it best."""
    types = {
        OrderState.ACCEPTED: OrderEventType.ACCEPTED,
        OrderState.DENIED: OrderEventType.DENIED,
        OrderState.SUBMITTED: OrderEventType.SUBMITTED,
        OrderState.CANCELED: OrderEventType.CANCELED,
        OrderState.UNKNOWN: OrderEventType.UNKNOWN,
        OrderState.PARKED: OrderEventType.PARKED,
    }
    return move(of, to=state, type=types.get(state, OrderEventType.WORKING), when=when)


def accept(*orders: Order, on: AccountBook, fences: Fences = NO_FENCES) -> BookChange:
    """Make the change that takes orders in."""
    made = draft(on, fences=fences)
    for one in orders:
        made.put(to_state(one, OrderState.ACCEPTED))
    return made.done()


def advance(of: Order, *states: OrderState, on: AccountBook) -> BookChange:
    """Make the change that moves an order through states, the last one stored."""
    made = draft(on)
    for state in states:
        of = made.put(to_state(of, state))
    return made.done()


def book_fill(of: Order, done: Fill, *, on: AccountBook) -> BookChange:
    """Make the change that books a fill and moves its order."""
    made = draft(on)
    made.book_fill(done, multiplier=Decimal(1))
    made.put(fill(of, execution=done, when=WHEN))
    return made.done()


def deposit(amount: Decimal | int, *, on: AccountBook, reference: str = "") -> BookChange:
    """Make the change that books a deposit."""
    made = draft(on)
    made.post(
        kind=EntryKind.DEPOSIT,
        postings=transfer(
            source=LedgerAccount.FUNDING,
            asset=cash_asset(on.account.currency),
            amount=Decimal(amount),
        ),
        reference=reference or f"deposit:{new_id()}",
    )
    return made.done()


def touch(on: AccountBook) -> BookChange:
    """Make a change that changes nothing but the version."""
    return draft(on).done()


def amended(change: BookChange, **given: Any) -> BookChange:
    """Return the change with fields replaced."""
    return replace(change, **given)


def latch(*, scope: Scope, **given: Any) -> Latch:
    """Make an engaged latch."""
    fields: dict[str, Any] = {
        "id": new_id(),
        "scope": scope,
        "cause": LatchCause.PERSON,
        "reason": "a test",
        "actor": "user:test",
        "engaged_at": AT,
    }
    return Latch(**(fields | given))


def audit(*, tenant_id: UUID, action: str = "test.done", **given: Any) -> AuditEntry:
    """Make an audit entry."""
    fields: dict[str, Any] = {
        "id": new_id(),
        "tenant_id": tenant_id,
        "actor": "user:test",
        "action": action,
        "subject": "a test",
        "at": AT,
    }
    return AuditEntry(**(fields | given))


def canceled(recovery: Recovery) -> Cancellation:
    """Cancel a request for recovery as of now, with a notice and an entry."""
    whose: dict[str, Any] = {"tenant_id": recovery.tenant_id, "at": AT}
    notice = UserNotice(id=new_id(), user_id=recovery.user_id, kind="recovery_canceled", **whose)
    entry = audit(action="recovery.cancel", **whose)
    return Cancellation(recovery=recovery.canceled(AT), notice=notice, entries=(entry,))


def notice(*, tenant_id: UUID, sequence: int, **given: Any) -> Notice:
    """Make a notice on the tenant's kill_switch channel, or on another one."""
    fields: dict[str, Any] = {
        "id": new_id(),
        "tenant_id": tenant_id,
        "account_id": None,
        "channel": "kill_switch",
        "sequence": sequence,
        "type": "kill_switch.engaged",
        "subject": "a latch",
        "at": AT,
        "market_at": MARKET_AT,
        "body": {"reason": "a test"},
    }
    return Notice(**(fields | given))
