"""Give a replay the one account that it trades on."""

from datetime import datetime
from decimal import Decimal

from application.accounts.open_account import first_deposit
from domain.accounts.account import Account, Portfolio
from domain.accounts.book import AccountBook
from domain.orders.moves import MoveTimes
from ports.accounts import AccountDirectory
from ports.ids import Ids

BROKER = "paper"
ACCOUNT_NAME = "Replay"


async def fund(
    cash: Decimal,
    *,
    currency: str,
    directory: AccountDirectory,
    ids: Ids,
    at: datetime,
) -> Account:
    """Open a cash account with the money in it, before the first session."""
    tenant_id, portfolio_id, account_id = ids.new(), ids.new(), ids.new()
    await directory.add_portfolio(
        Portfolio(id=portfolio_id, tenant_id=tenant_id, name=ACCOUNT_NAME, created_at=at)
    )
    account = Account(
        id=account_id,
        tenant_id=tenant_id,
        portfolio_id=portfolio_id,
        name=ACCOUNT_NAME,
        broker=BROKER,
        created_at=at,
        currency=currency,
    )
    await directory.open(
        book=AccountBook(
            account=account, version=0, cash={account.currency: cash}, peak_equity=cash
        ),
        funding=first_deposit(
            transaction_id=ids.new(),
            account=account,
            amount=cash,
            when=MoveTimes(at=at, market_at=at),
        ),
    )
    return account
