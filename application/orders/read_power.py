"""Say what an account may still open, as the gate would."""

from dataclasses import dataclass

from application.orders.gatekeeper import Gatekeeper
from domain.accounts.account_margin import usual_margin
from domain.accounts.book import AccountBook
from domain.risk.buying_power import BuyingPower, account_power
from ports.time import Clock


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadBuyingPower:
    """Work it out at the latest marks, by the rulebook that holds for the account now."""

    gatekeeper: Gatekeeper
    clock: Clock

    async def __call__(self, book: AccountBook) -> BuyingPower:
        """Return the worth of shares that may still be bought, or what is missing."""
        account, gatekeeper = book.account, self.gatekeeper
        rules = await gatekeeper.refresh(tenant_id=account.tenant_id)
        return account_power(
            gatekeeper.view(book),
            margin=gatekeeper.margin,
            rulebook=rules.rulebooks.get(account.id) or usual_margin(account).rulebook,
            on=self.clock.now().date(),
        )
