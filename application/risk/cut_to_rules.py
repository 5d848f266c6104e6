"""Cut a size to what the account's own limits leave: the gate itself is asked."""

from dataclasses import dataclass
from decimal import ROUND_FLOOR, Decimal
from uuid import UUID

from application.accounts.book_store import BookStore, Others
from application.orders.gatekeeper import Gatekeeper
from domain.accounts.book import AccountBook
from domain.market.instruments import Instrument
from domain.orders.moves import MoveTimes
from domain.orders.order import Order
from domain.orders.terms import OrderTerms, OrderType, Side
from domain.risk.activity import Activity
from domain.risk.measure import Nature
from domain.risk.opening_checks import BUYING_POWER, MARGIN_UNKNOWN, SHORT_SALE
from domain.risk.rule_set import RuleSet
from domain.risk.rules import CHECKS
from domain.risk.verdict import BUILT_IN, Denied, Reason
from ports.ids import Ids
from ports.market import MarketClock
from ports.time import Clock

_SIZING = frozenset(
    {
        BUYING_POWER,
        SHORT_SALE,
        MARGIN_UNKNOWN,
        "EQUITY_UNKNOWN",
        "EXPOSURE_UNKNOWN",
        "RESERVE_UNKNOWN",
    }
)
_LIMITING = frozenset({Nature.EXPOSURE, Nature.SIZE})


@dataclass(frozen=True, slots=True, kw_only=True)
class Cut:
    """The units that are left, and the names of the limits that took the rest."""

    quantity: Decimal
    limited_by: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CutToRules:
    """Find the most units that no limit on size, exposure or money would refuse now.

    Rules of conduct (hours, prices, rates) say when an order may be sent, and cut no size.
    """

    book_store: BookStore
    gatekeeper: Gatekeeper
    clock: Clock
    market_clock: MarketClock
    ids: Ids

    async def __call__(
        self,
        book: AccountBook,
        *,
        instrument: Instrument,
        side: Side,
        price: Decimal,
        quantity: Decimal,
        strategy_id: str | None,
    ) -> Cut:
        """Return the units, whole lots of at most `quantity`."""
        rules = await self.gatekeeper.rules(tenant_id=book.account.tenant_id)
        others = await self.book_store.others_for(book, counts_all=rules.reads_others)
        activity = await self.gatekeeper.activity(rules, account_id=book.account.id)
        when = MoveTimes(at=self.clock.now(), market_at=self.market_clock.now())
        most = min(quantity, instrument.max_quantity)
        lots = int((most / instrument.lot).to_integral_value(ROUND_FLOOR))

        def refused(count: int) -> tuple[str, ...]:
            order = self._order(
                book.account.id,
                terms=OrderTerms(
                    symbol=instrument.symbol,
                    side=side,
                    type=OrderType.LIMIT,
                    quantity=count * instrument.lot,
                    limit_price=price,
                ),
                book=book,
                when=when,
                strategy_id=strategy_id,
            )
            return self._limits(
                order, book=book, others=others, rules=rules, when=when, activity=activity
            )

        limited: tuple[str, ...] = refused(lots) if lots else ()
        if not limited:
            return Cut(quantity=lots * instrument.lot, limited_by=())
        passing, failing = 0, lots
        while failing - passing > 1:
            middle = (passing + failing) // 2
            if refused(middle):
                failing = middle
            else:
                passing = middle
        return Cut(quantity=passing * instrument.lot, limited_by=refused(failing))

    def _limits(
        self,
        order: Order,
        *,
        book: AccountBook,
        others: Others,
        rules: RuleSet,
        when: MoveTimes,
        activity: Activity | None,
    ) -> tuple[str, ...]:
        view = self.gatekeeper.view.marked(self.gatekeeper.view(book), symbol=order.symbol)
        verdict = self.gatekeeper.judge(
            order, view=view, rules=rules, when=when, others=others, activity=activity
        ).verdict
        if not isinstance(verdict, Denied):
            return ()
        return tuple(one.rule_name for one in verdict.reasons if _is_of_size(one))

    def _order(
        self,
        account_id: UUID,
        *,
        terms: OrderTerms,
        book: AccountBook,
        when: MoveTimes,
        strategy_id: str | None,
    ) -> Order:
        order_id = self.ids.new()
        return Order(
            id=order_id,
            tenant_id=book.account.tenant_id,
            account_id=account_id,
            client_order_id=f"size-{order_id}",
            terms=terms,
            accepted_at=when.at,
            updated_at=when.at,
            market_at=when.market_at,
            strategy_id=strategy_id,
        )


def _is_of_size(reason: Reason) -> bool:
    """Tell whether it limits how much; a limit that cannot be measured leaves nothing."""
    if reason.rule_type == BUILT_IN:
        return reason.code in _SIZING
    return _NATURES.get(reason.rule_type) in _LIMITING


_NATURES = {kind.value: check.NATURE for kind, check in CHECKS.items()}
