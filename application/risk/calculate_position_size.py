"""Calculate how much to trade, from an account's equity and an instrument's steps."""

from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from application.accounts.shelf import BookShelf
from application.orders.gatekeeper import Gatekeeper
from domain.market.instruments import Instrument
from domain.risk.portfolio import daily_returns, volatility
from domain.risk.sizing import PositionSize, Sizing, fixed_risk, kelly, volatility_target
from domain.shared.values import ONE, ZERO, InvalidValue
from ports.market import Instruments, MarketView

# A quarter of daily returns.
VOLATILITY_DAYS = 63


@dataclass(frozen=True, slots=True, kw_only=True)
class SizeBase:
    """What every method takes: equity is the account's when None, price the quote's.

    fx is the account's currency per unit of the instrument's.
    """

    tenant_id: UUID
    symbol: str
    account_id: UUID | None = None
    equity: Decimal | None = None
    price: Decimal | None = None
    fx: Decimal = ONE


@dataclass(frozen=True, slots=True, kw_only=True)
class FixedRisk:
    """Lose at most a share of the equity at the stop; risk and commission are fractions."""

    base: SizeBase
    stop: Decimal
    risk: Decimal
    commission: Decimal = ZERO


@dataclass(frozen=True, slots=True, kw_only=True)
class Kelly:
    """Bet a fraction of the Kelly share, at most cap of the equity."""

    base: SizeBase
    win_probability: Decimal
    payoff: Decimal
    fraction: Decimal = ONE
    cap: Decimal = ONE


@dataclass(frozen=True, slots=True, kw_only=True)
class VolatilityTarget:
    """Hold as much as moves the equity by target; volatility None is measured.

    Both are fractions per trading day; the measured one is the sample deviation of the
    last 63 daily returns.
    """

    base: SizeBase
    target: Decimal
    volatility: Decimal | None = None
    cap: Decimal = ONE


SizeCommand = FixedRisk | Kelly | VolatilityTarget


@dataclass(frozen=True, slots=True, kw_only=True)
class CalculatePositionSize:
    """Size a position; nothing is stored."""

    shelf: BookShelf
    gatekeeper: Gatekeeper
    instruments: Instruments
    market: MarketView

    async def __call__(self, command: SizeCommand) -> PositionSize:
        """Return the size, rounded down to the lot; raises InvalidValue, AccountNotFound."""
        base = command.base
        instrument = self.instruments.find(base.symbol)
        if instrument is None:
            raise InvalidValue(field="symbol", problem=f"{base.symbol} is not known")
        sizing = Sizing(
            equity=await self._equity(base),
            price=self._price(base),
            lot=instrument.lot,
            multiplier=instrument.multiplier,
            fx=base.fx,
        )
        match command:
            case FixedRisk():
                return fixed_risk(
                    sizing, stop=command.stop, risk=command.risk, commission=command.commission
                )
            case Kelly():
                return kelly(
                    sizing,
                    win_probability=command.win_probability,
                    payoff=command.payoff,
                    fraction=command.fraction,
                    cap=command.cap,
                )
            case VolatilityTarget():
                return volatility_target(
                    sizing,
                    target=command.target,
                    volatility=self._volatility(command, instrument),
                    cap=command.cap,
                )

    async def _equity(self, base: SizeBase) -> Decimal:
        if base.equity is not None:
            return base.equity
        if base.account_id is None:
            raise InvalidValue(field="equity", problem="is required without an account_id")
        book = await self.shelf.read(tenant_id=base.tenant_id, account_id=base.account_id)
        equity = self.gatekeeper.view(book).account.equity
        if equity is None:
            raise InvalidValue(
                field="equity", problem="is required: a position of the account has no price"
            )
        return equity

    def _price(self, base: SizeBase) -> Decimal:
        if base.price is not None:
            return base.price
        quote = self.market.quote(base.symbol)
        if quote is None:
            raise InvalidValue(field="price", problem=f"is required: {base.symbol} has no quote")
        return quote.last

    def _volatility(self, command: VolatilityTarget, instrument: Instrument) -> Decimal:
        if command.volatility is not None:
            return command.volatility
        symbol = instrument.symbol
        returns = daily_returns({symbol: self.market.bars(symbol, count=VOLATILITY_DAYS + 1)})
        if returns is None:
            raise InvalidValue(
                field="volatility", problem=f"is required: {symbol} has too few daily prices"
            )
        return volatility(returns, symbol=symbol)
