"""Show accounts on the wire, and read what is asked of them."""

from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import Meta

from adapters.http.reading import Amount
from adapters.http.wire import Name, Text, moment, rounded, text_of
from application.accounts.facade import AccountSummary, PositionView
from application.accounts.open_account import Deposit, OpenAccount
from application.orders.commands import Asker
from domain.accounts.account import Account, AccountKind, Portfolio
from domain.accounts.ledger import LedgerTransaction


class OpenAccountBody(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """A new account; leverage 1 for cash, up to 10 for margin.

    without_trading: open it although nothing is traded in its currency.
    """

    portfolio_id: UUID
    name: Name
    broker: Text | None = None
    currency: Annotated[str, Meta(pattern="^[A-Z]{3}$")] = "USD"
    kind: AccountKind = AccountKind.CASH
    leverage: Amount = Amount("1")
    without_trading: bool = False

    def command(self, asker: Asker) -> OpenAccount:
        """Return the command."""
        return OpenAccount(
            tenant_id=asker.tenant_id,
            actor=asker.actor,
            trace_id=asker.trace_id,
            portfolio_id=self.portfolio_id,
            name=self.name,
            broker=self.broker,
            currency=self.currency,
            kind=self.kind,
            leverage=self.leverage,
            without_trading=self.without_trading,
        )


class DepositBody(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """Money for a paper account; the same reference twice deposits once."""

    amount: Annotated[Amount, Meta(examples=["1000"])]
    reference: Name

    def command(self, asker: Asker, *, account_id: UUID) -> Deposit:
        """Return the command."""
        return Deposit(
            tenant_id=asker.tenant_id,
            actor=asker.actor,
            trace_id=asker.trace_id,
            account_id=account_id,
            amount=self.amount,
            reference=self.reference,
        )


class PortfolioBody(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """A new portfolio."""

    name: Name


class PortfolioView(msgspec.Struct):
    """A named set of accounts."""

    id: str
    name: str
    created_at: str


class PortfolioList(msgspec.Struct):
    """The tenant's portfolios, oldest first."""

    items: list[PortfolioView]


class AccountView(msgspec.Struct, kw_only=True):
    """An account."""

    id: str
    portfolio_id: str
    name: str
    broker: str
    currency: str
    kind: str
    leverage: str
    created_at: str


class AccountList(msgspec.Struct):
    """The tenant's accounts, oldest first."""

    items: list[AccountView]


class SummaryView(AccountView, kw_only=True):
    """An account with its figures as of one book version and market time.

    Figures are null while a held symbol has no price (unpriced names it); drawdown is a
    fraction of the peak. buying_power is the worth of shares that the gate would still let be
    bought: a cash account's cash, a margin account's by its rulebook and within its leverage. It
    is null where whatever opens is denied for want of a price, a table or a date, which
    buying_power_missing names.
    """

    version: int
    as_of: str
    trading_state: str
    cash: str
    equity: str | None
    buying_power: str | None
    buying_power_missing: str | None
    gross_exposure: str | None
    net_exposure: str | None
    resting_exposure: str | None
    daily_pnl: str | None
    realised_pnl: str | None
    unrealised_pnl: str | None
    commissions: str | None
    peak_equity: str
    drawdown: str | None
    open_orders: int
    unpriced: str | None


class HoldingView(msgspec.Struct, kw_only=True):
    """A position at the market's price."""

    symbol: str
    quantity: str
    average_cost: str | None
    cost: str
    price: str | None
    market_value: str | None
    unrealised_pnl: str | None
    realised_pnl: str
    commissions: str


class HoldingList(msgspec.Struct):
    """The account's open positions, by symbol."""

    items: list[HoldingView]


class PostingView(msgspec.Struct):
    """A signed amount of one asset in one ledger account."""

    ledger: str
    asset: str
    amount: str


class TransactionView(msgspec.Struct, kw_only=True):
    """One balanced movement of the ledger."""

    id: str
    kind: str
    reference: str
    at: str
    market_at: str
    postings: list[PostingView]


class LedgerPage(msgspec.Struct):
    """A page of the ledger, newest first."""

    items: list[TransactionView]
    next_cursor: str | None


def portfolio_view(portfolio: Portfolio) -> PortfolioView:
    """Show a portfolio."""
    return PortfolioView(
        id=str(portfolio.id), name=portfolio.name, created_at=moment(portfolio.created_at)
    )


def account_view(account: Account) -> AccountView:
    """Show an account."""
    return AccountView(
        id=str(account.id),
        portfolio_id=str(account.portfolio_id),
        name=account.name,
        broker=account.broker,
        currency=account.currency,
        kind=account.kind.value,
        leverage=text_of(account.leverage),
        created_at=moment(account.created_at),
    )


def summary_view(summary: AccountSummary) -> SummaryView:
    """Show an account with its figures."""
    account, valued = summary.account, summary.valuation
    return SummaryView(
        id=str(account.id),
        portfolio_id=str(account.portfolio_id),
        name=account.name,
        broker=account.broker,
        currency=account.currency,
        kind=account.kind.value,
        leverage=text_of(account.leverage),
        created_at=moment(account.created_at),
        version=summary.version,
        as_of=moment(summary.as_of),
        trading_state=summary.trading_state.value,
        cash=rounded(summary.cash),
        equity=rounded(valued.equity) if valued is not None else None,
        buying_power=rounded(summary.power.amount),
        buying_power_missing=summary.power.missing or None,
        gross_exposure=rounded(valued.gross_exposure) if valued is not None else None,
        net_exposure=rounded(valued.net_exposure) if valued is not None else None,
        resting_exposure=rounded(valued.resting_exposure) if valued is not None else None,
        daily_pnl=rounded(summary.daily_pnl),
        realised_pnl=rounded(valued.realised_pnl) if valued is not None else None,
        unrealised_pnl=rounded(valued.unrealised_pnl) if valued is not None else None,
        commissions=rounded(valued.commissions) if valued is not None else None,
        peak_equity=rounded(summary.peak_equity),
        drawdown=rounded(summary.drawdown),
        open_orders=summary.open_orders,
        unpriced=summary.unpriced,
    )


def holding_view(view: PositionView) -> HoldingView:
    """Show a position."""
    position = view.position
    return HoldingView(
        symbol=position.symbol,
        quantity=text_of(position.quantity),
        average_cost=rounded(position.average_cost),
        cost=rounded(position.cost),
        price=text_of(view.price),
        market_value=rounded(view.market_value),
        unrealised_pnl=rounded(view.unrealised_pnl),
        realised_pnl=rounded(position.realised_pnl),
        commissions=rounded(position.commissions),
    )


def transaction_view(transaction: LedgerTransaction) -> TransactionView:
    """Show a ledger transaction."""
    return TransactionView(
        id=str(transaction.id),
        kind=transaction.kind.value,
        reference=transaction.reference,
        at=moment(transaction.at),
        market_at=moment(transaction.market_at),
        postings=[
            PostingView(
                ledger=posting.ledger.value,
                asset=posting.asset,
                amount=text_of(posting.amount),
            )
            for posting in transaction.postings
        ],
    )
