"""Measure the risk of one account, or of all of a tenant's accounts together."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from application.accounts.book_store import AccountNotFound, BookStore
from application.orders.gatekeeper import Gatekeeper
from application.risk.commands import PortfolioRisk
from domain.accounts.account import Account
from domain.risk.book_view import BookView
from domain.risk.lines import Line
from domain.risk.portfolio import (
    Correlation,
    Exposure,
    ValueAtRisk,
    correlation,
    daily_returns,
    exposure_of,
    value_at_risk,
)
from domain.shared.values import ZERO, InvalidValue
from ports.accounts import AccountDirectory
from ports.market import MarketClock, MarketView

# Two trading years, as far as the market view keeps bars.
HISTORY_DAYS = 500
CONFIDENCE = Decimal("0.99")


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasurePortfolio:
    """Measure exposure, leverage, value at risk, correlation, drawdown and the day's result."""

    book_store: BookStore
    directory: AccountDirectory
    gatekeeper: Gatekeeper
    market: MarketView
    market_clock: MarketClock

    async def __call__(
        self,
        *,
        tenant_id: UUID,
        account_id: UUID | None = None,
        among: frozenset[UUID] | None = None,
        confidence: Decimal = CONFIDENCE,
        horizon_days: int = 1,
    ) -> PortfolioRisk:
        """Return the figures as of now; raises AccountNotFound and InvalidValue.

        Without an account, of all of the tenant, or of those among.
        """
        accounts = await self._accounts(tenant_id=tenant_id, account_id=account_id, among=among)
        currencies = sorted({account.currency for account in accounts})
        if len(currencies) != 1:
            raise InvalidValue(
                field="account_id",
                problem=f"is required: the accounts hold {', '.join(currencies) or 'nothing'}",
            )
        views = [
            self.gatekeeper.view(
                await self.book_store.read(tenant_id=tenant_id, account_id=account.id)
            )
            for account in accounts
        ]
        lines = [line for view in views for line in view.lines.values() if _counts(line)]
        missing = sorted(
            f"price of {line.position.symbol}"
            for line in lines
            if line.worth is None or line.figures.gross is None
        )
        returns_of = self._tail(lines, confidence=confidence, horizon_days=horizon_days)
        tail, correlated, without = returns_of
        equity = _sum([view.account.equity for view in views])
        total = _exposure(lines)
        peak = sum((view.account.peak_equity for view in views), ZERO)
        if equity is not None:
            peak = max(peak, equity)
        return PortfolioRisk(
            currency=currencies[0],
            accounts=tuple(account.id for account in accounts),
            as_of=self.market_clock.now(),
            equity=equity,
            total=total,
            by_symbol=_grouped(lines, by_sector=False),
            by_sector=_grouped(lines, by_sector=True),
            leverage=_ratio(_sum([view.account.gross for view in views]), equity),
            daily_pnl=_sum([_daily(view) for view in views]),
            peak_equity=peak,
            drawdown=_ratio(peak - equity, peak) if equity is not None else None,
            value_at_risk=tail,
            correlation=correlated,
            missing=(*missing, *without),
        )

    async def _accounts(
        self, *, tenant_id: UUID, account_id: UUID | None, among: frozenset[UUID] | None
    ) -> Sequence[Account]:
        if account_id is None:
            return await self.directory.accounts(tenant_id=tenant_id, among=among)
        account = await self.directory.find(tenant_id=tenant_id, account_id=account_id)
        if account is None:
            raise AccountNotFound(account_id)
        return [account]

    def _tail(
        self, lines: Sequence[Line], *, confidence: Decimal, horizon_days: int
    ) -> tuple[ValueAtRisk | None, Correlation | None, tuple[str, ...]]:
        values: dict[str, Decimal] = {}
        for line in lines:
            if line.worth:
                symbol = line.position.symbol
                values[symbol] = values.get(symbol, ZERO) + line.worth
        if not values:
            return None, None, ()
        bars = {symbol: self.market.bars(symbol, count=HISTORY_DAYS) for symbol in values}
        returns = daily_returns(bars)
        if returns is None:
            return None, None, ("20 common days of prices above zero of every position",)
        tail = value_at_risk(
            returns, values=values, confidence=confidence, horizon_days=horizon_days
        )
        return tail, correlation(returns), ()


def _counts(line: Line) -> bool:
    return bool(line.position.quantity) or bool(line.resting)


def _exposure(lines: Sequence[Line]) -> Exposure:
    return exposure_of(
        (line.worth, line.figures.gross)
        for line in lines
        if line.worth is not None and line.figures.gross is not None
    )


def _grouped(lines: Sequence[Line], *, by_sector: bool) -> tuple[tuple[str, Exposure], ...]:
    groups: dict[str, list[Line]] = {}
    for line in lines:
        instrument = line.figures.instrument
        sector = instrument.sector if instrument is not None else ""
        groups.setdefault(sector if by_sector else line.position.symbol, []).append(line)
    return tuple((name, _exposure(members)) for name, members in sorted(groups.items()))


def _daily(view: BookView) -> Decimal | None:
    account = view.account
    if account.equity is None or account.opening_equity is None:
        return None
    return account.equity - account.opening_equity


def _sum(figures: Sequence[Decimal | None]) -> Decimal | None:
    total = ZERO
    for figure in figures:
        if figure is None:
            return None
        total += figure
    return total


def _ratio(part: Decimal | None, whole: Decimal | None) -> Decimal | None:
    if part is None or whole is None or whole <= ZERO:
        return None
    return part / whole
