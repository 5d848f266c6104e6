"""Show what came of orders: fills, history, previews, explanations."""

import msgspec

from adapters.http.problems import ReasonView
from adapters.http.wire import HeadroomView, moment, text_of, time_of
from application.orders.commands import Explanation, Preview
from domain.orders.order import Fill
from domain.shared.notices import Notice


class FillView(msgspec.Struct, kw_only=True):
    """One execution."""

    id: str
    trade_id: str
    order_id: str
    account_id: str
    symbol: str
    side: str
    quantity: str
    price: str
    commission: str
    currency: str
    at: str
    market_at: str


class FillPage(msgspec.Struct):
    """A page of fills, newest first."""

    items: list[FillView]
    next_cursor: str | None


def fill_view(fill: Fill) -> FillView:
    """Show an execution."""
    return FillView(
        id=str(fill.id),
        trade_id=fill.trade_id,
        order_id=str(fill.order_id),
        account_id=str(fill.account_id),
        symbol=fill.symbol,
        side=fill.side.value,
        quantity=text_of(fill.quantity),
        price=text_of(fill.price),
        commission=text_of(fill.commission),
        currency=fill.currency,
        at=moment(fill.at),
        market_at=moment(fill.market_at),
    )


class EventView(msgspec.Struct):
    """One step of an order's history."""

    sequence: int
    type: str
    at: str
    market_at: str | None
    body: dict[str, str]


class EventList(msgspec.Struct):
    """An order's whole history, oldest first."""

    items: list[EventView]


def event_view(notice: Notice) -> EventView:
    """Show a step of an order's history."""
    return EventView(
        sequence=notice.sequence,
        type=notice.type,
        at=moment(notice.at),
        market_at=time_of(notice.market_at),
        body=dict(notice.body),
    )


class PreviewView(msgspec.Struct):
    """What the gate would say now, and the effect on the account; nothing is stored."""

    approved: bool
    reasons: list[ReasonView]
    headroom: list[HeadroomView]
    effect: dict[str, str]


class ExplanationView(msgspec.Struct):
    """Why the gate decided as it did."""

    order_id: str
    approved: bool
    decided_at: str
    reasons: list[ReasonView]
    headroom: list[HeadroomView]
    inputs: dict[str, str]


def preview_view(
    preview: Preview, *, reasons: list[ReasonView], headroom: list[HeadroomView]
) -> PreviewView:
    """Show a preview."""
    return PreviewView(
        approved=preview.approved,
        reasons=reasons,
        headroom=headroom,
        effect=dict(preview.effect),
    )


def explanation_view(
    explanation: Explanation, *, reasons: list[ReasonView], headroom: list[HeadroomView]
) -> ExplanationView:
    """Show an explanation."""
    return ExplanationView(
        order_id=str(explanation.order_id),
        approved=explanation.approved,
        decided_at=moment(explanation.decided_at),
        reasons=reasons,
        headroom=headroom,
        inputs=dict(explanation.inputs),
    )
