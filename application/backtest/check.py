"""Hold the books of a run against its ledger and its venue."""

from application.backtest.context import BacktestBroken, BacktestContext
from domain.accounts.ledger import cash_asset, unit_asset


async def check_books(context: BacktestContext) -> None:
    """Raise BacktestBroken unless ledger, book and venue hold the same cash and units."""
    account, book = context.account, context.book()
    balances = await context.ledger.balances(tenant_id=account.tenant_id, account_id=account.id)
    shown = {cash_asset(currency): amount for currency, amount in book.cash.items()}
    shown |= {unit_asset(symbol): held.quantity for symbol, held in book.positions.items()}
    if {k: v for k, v in balances.items() if v} != {k: v for k, v in shown.items() if v}:
        raise BacktestBroken(f"the ledger says {balances}, the book {shown}")
    venue = {
        one.symbol: one.quantity
        for one in await context.broker.positions(account_id=str(account.id))
    }
    held_here = {symbol: held.quantity for symbol, held in book.positions.items() if held.quantity}
    if venue != held_here:
        raise BacktestBroken(f"the venue holds {venue}, the book {held_here}")
