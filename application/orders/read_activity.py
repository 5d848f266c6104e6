"""Read what happened to an account's orders lately from its journal, and only what is new."""

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from uuid import UUID

from domain.accounts.book import Channel
from domain.orders.events import OrderEventType
from domain.orders.terms import Side
from domain.risk.activity import Activity, Execution
from domain.shared.notices import Notice
from ports.streams import Journal

# How far back an account is read when it is first asked for, and how much is kept of it.
FIRST = 20_000
_KEPT = 20_000
_PAGE = 1_000
_ACCOUNTS_KEPT = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class _ActivityCursor:
    """An account's activity, and how far its channel of orders was read."""

    activity: Activity
    orders_through: int


class ReadActivity:
    """Keeps what was read of each account; a journal's numbers run without a gap."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._known: OrderedDict[UUID, _ActivityCursor] = OrderedDict()

    async def __call__(self, *, tenant_id: UUID, account_id: UUID) -> Activity:
        """Return the account's executions and cancels up to now; raises storage errors."""
        known = self._known.get(account_id)
        if known is None:
            known = await self._begun(tenant_id, account_id)
        before = known.activity
        fills = await self._after(tenant_id, account_id, Channel.FILLS, before.fills_through)
        orders = await self._after(tenant_id, account_id, Channel.ORDERS, known.orders_through)
        if fills or orders:
            known = _followed(known, fills=fills, orders=orders)
        self._known[account_id] = known
        self._known.move_to_end(account_id)
        if len(self._known) > _ACCOUNTS_KEPT:
            self._known.popitem(last=False)
        return known.activity

    async def _begun(self, tenant_id: UUID, account_id: UUID) -> _ActivityCursor:
        fills, orders = [
            max(
                await self._journal.last_sequence(
                    tenant_id=tenant_id, account_id=account_id, channel=channel
                )
                - FIRST,
                0,
            )
            for channel in (Channel.FILLS, Channel.ORDERS)
        ]
        begun = Activity(fills_through=fills, executions_cut=bool(fills), cancels_cut=bool(orders))
        return _ActivityCursor(activity=begun, orders_through=orders)

    async def _after(
        self, tenant_id: UUID, account_id: UUID, channel: Channel, sequence: int
    ) -> list[Notice]:
        found: list[Notice] = []
        while True:
            page = await self._journal.replay(
                tenant_id=tenant_id,
                account_id=account_id,
                channel=channel,
                after_sequence=found[-1].sequence if found else sequence,
                limit=_PAGE,
            )
            found += page
            if len(page) < _PAGE:
                return found


def _followed(
    known: _ActivityCursor, *, fills: Sequence[Notice], orders: Sequence[Notice]
) -> _ActivityCursor:
    before = known.activity
    executions = (*before.executions, *map(_execution_of, fills))
    cancels = (
        *before.cancels,
        *(one.at for one in orders if one.type == OrderEventType.CANCELED),
    )
    cancels_from = before.cancels_from
    if before.cancels_cut and cancels_from is None and orders:
        cancels_from = orders[0].at
    if len(cancels) > _KEPT:
        cancels_from = cancels[-_KEPT]
    return _ActivityCursor(
        activity=replace(
            before,
            executions=executions[-_KEPT:],
            executions_cut=before.executions_cut or len(executions) > _KEPT,
            fills_through=fills[-1].sequence if fills else before.fills_through,
            cancels=cancels[-_KEPT:],
            cancels_cut=before.cancels_cut or len(cancels) > _KEPT,
            cancels_from=cancels_from,
        ),
        orders_through=orders[-1].sequence if orders else known.orders_through,
    )


def _execution_of(notice: Notice) -> Execution:
    body = notice.body
    return Execution(
        at=notice.at,
        market_at=notice.market_at if notice.market_at is not None else notice.at,
        order_id=UUID(body["order_id"]),
        symbol=body["symbol"],
        side=Side(body["side"]),
        currency=body["currency"],
        value=_figure(body.get("value")),
        strategy_id=body.get("strategy_id"),
        realised=_figure(body.get("realised_pnl")),
    )


def _figure(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)
