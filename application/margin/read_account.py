"""Say what an account's margin is: what it takes, what is left, what was told of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from application.margin.context import MarginContext
from domain.accounts.account import Account
from domain.accounts.account_margin import AccountMargin
from domain.margin.alert import STANDING, MarginAlert
from domain.margin.assessment import Assessment, PositionMargin
from domain.margin.rulebook import NoTable
from domain.shared.refusals import Absent
from ports.margin import MARGIN_ALERTS

# Three warnings and a call may stand of an account.
ALERTS_MAX = 10


class PositionNotFound(Absent):
    """The account holds nothing of that symbol."""

    def __init__(self, symbol: str) -> None:
        super().__init__(f"the account holds no {symbol}")


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountReading:
    """An account's margin as of one market time; where a table or price is missing it says which.

    standing are the warnings and calls that are not over.
    """

    account: Account
    setting: AccountMargin
    as_of: datetime
    assessment: Assessment | NoTable
    standing: Sequence[MarginAlert]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadAccountMargin:
    """Work it out at the last prices."""

    context: MarginContext

    async def __call__(self, *, tenant_id: UUID, account_id: UUID) -> AccountReading:
        """Return the account's margin; raises AccountNotFound."""
        context = self.context
        book = await context.book_store.read(tenant_id=tenant_id, account_id=account_id)
        async with context.changes.works.look(tenant_id) as look:
            setting = await context.setting(look, book.account)
            standing = await look.records(MARGIN_ALERTS).list(
                limit=ALERTS_MAX, where={"account_id": account_id, "state": STANDING}
            )
        return AccountReading(
            account=book.account,
            setting=setting,
            as_of=context.market_clock.now(),
            assessment=context.assessed(
                book, setting=setting, marks=context.marks(book, with_volatility=True)
            ),
            standing=standing,
        )

    async def position(
        self, *, tenant_id: UUID, account_id: UUID, symbol: str
    ) -> tuple[AccountReading, PositionMargin | None]:
        """Return one position's part beside the account's, None where it cannot be told.

        Raises AccountNotFound, PositionNotFound.
        """
        reading = await self(tenant_id=tenant_id, account_id=account_id)
        book = await self.context.book_store.read(tenant_id=tenant_id, account_id=account_id)
        if isinstance(reading.assessment, NoTable):
            if not book.position(symbol).quantity:
                raise PositionNotFound(symbol)
            return reading, None
        for one in reading.assessment.positions:
            if one.symbol == symbol:
                return reading, one
        raise PositionNotFound(symbol)
