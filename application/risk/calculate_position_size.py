"""Calculate how much to trade, from an account's equity and an instrument's steps."""

from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from application.accounts.book_store import BookStore
from application.orders.gatekeeper import Gatekeeper
from application.risk.cut_to_rules import CutToRules
from domain.accounts.book import AccountBook
from domain.market.instruments import Instrument
from domain.orders.terms import Side
from domain.risk.portfolio import daily_returns, volatility
from domain.risk.sizing import PositionSize, Sizing, cut, fixed_risk, kelly, volatility_target
from domain.shared.values import ONE, ZERO, InvalidValue
from ports.accounts import AccountDirectory
from ports.market import Instruments, MarketView

# A quarter of daily returns.
VOLATILITY_DAYS = 63


@dataclass(frozen=True, slots=True, kw_only=True)
class SizeBase:
    """What every method takes: equity is the account's when None, price the quote's.

    fx is the account's currency per unit of the instrument's, 1 when None; an account trades
    only what is in its own. With an account its rules count, as for an order of the strategy.
    only_account: without an id it is the one account there is, of those in `among` (None: all).
    """

    tenant_id: UUID
    symbol: str
    account_id: UUID | None = None
    equity: Decimal | None = None
    price: Decimal | None = None
    fx: Decimal | None = None
    strategy_id: str | None = None
    only_account: bool = False
    among: frozenset[UUID] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FixedRisk:
    """Lose at most a share of the equity at the stop; risk, commission and cap are fractions."""

    base: SizeBase
    stop: Decimal
    risk: Decimal
    commission: Decimal = ZERO
    cap: Decimal | None = None


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
class SizeFound:
    """A size, and the names of the account's limits that cut it."""

    size: PositionSize
    limited_by: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CalculatePositionSize:
    """Size a position; nothing is stored."""

    book_store: BookStore
    directory: AccountDirectory
    gatekeeper: Gatekeeper
    instruments: Instruments
    market: MarketView
    cut_to_rules: CutToRules

    async def __call__(self, command: SizeCommand) -> SizeFound:
        """Return the size, rounded down to the lot; raises InvalidValue, AccountNotFound."""
        base = command.base
        instrument = self.instruments.find(base.symbol)
        if instrument is None:
            raise InvalidValue(field="symbol", problem=f"{base.symbol} is not known")
        book = await self._book(base)
        sizing = Sizing(
            equity=self._equity(base, book=book),
            price=self._price(base),
            lot=instrument.lot,
            multiplier=instrument.multiplier,
            fx=_fx(base, book=book, instrument=instrument),
        )
        size = self._size(command, sizing=sizing, instrument=instrument)
        if book is None or not size.quantity:
            return SizeFound(size=size)
        down = isinstance(command, FixedRisk) and command.stop > sizing.price
        found = await self.cut_to_rules(
            book,
            instrument=instrument,
            side=Side.SELL if down else Side.BUY,
            price=sizing.price,
            quantity=size.quantity,
            strategy_id=base.strategy_id,
        )
        return SizeFound(size=cut(size, quantity=found.quantity), limited_by=found.limited_by)

    def _size(
        self, command: SizeCommand, *, sizing: Sizing, instrument: Instrument
    ) -> PositionSize:
        match command:
            case FixedRisk():
                return fixed_risk(
                    sizing,
                    stop=command.stop,
                    risk=command.risk,
                    commission=command.commission,
                    cap=command.cap,
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

    async def _book(self, base: SizeBase) -> AccountBook | None:
        account_id = base.account_id
        if account_id is None and base.only_account:
            found = [
                one.id
                for one in await self.directory.accounts(tenant_id=base.tenant_id)
                if base.among is None or one.id in base.among
            ]
            if len(found) != 1:
                raise InvalidValue(
                    field="account_id", problem=f"is required: there are {len(found)} accounts"
                )
            account_id = found[0]
        if account_id is None:
            return None
        return await self.book_store.read(tenant_id=base.tenant_id, account_id=account_id)

    def _equity(self, base: SizeBase, *, book: AccountBook | None) -> Decimal:
        if base.equity is not None:
            return base.equity
        if book is None:
            raise InvalidValue(field="equity", problem="is required without an account_id")
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


def _fx(base: SizeBase, *, book: AccountBook | None, instrument: Instrument) -> Decimal:
    """Return the rate to size with; raises InvalidValue where there is none to be had."""
    if book is None:
        return base.fx if base.fx is not None else ONE
    own = book.account.currency
    if own != instrument.currency:
        raise InvalidValue(
            field="account_id",
            problem=f"is in {own}, and {instrument.symbol} in {instrument.currency}, which it"
            " cannot trade",
        )
    if base.fx not in (None, ONE):
        raise InvalidValue(field="fx", problem=f"is 1: both are in {own}")
    return ONE
