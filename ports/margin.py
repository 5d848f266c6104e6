"""What the core needs to keep of margin, and what closing a position costs in tax."""

from decimal import Decimal
from typing import Protocol
from uuid import UUID

from domain.accounts.account_margin import AccountMargin
from domain.accounts.positions import Position
from domain.margin.alert import MarginAlert
from domain.margin.deleverage_plan import DeleveragePlan
from ports.work import Kind

# Which rulebook an account has is part of what an order must pass: see RuleSet.
MARGIN_ACCOUNTS = Kind(
    "margin_accounts", AccountMargin, counted_in="rule_sets", proven_as="margin_account"
)
MARGIN_ALERTS = Kind("margin_alerts", MarginAlert, find_by=("account_id", "state", "told"))
DELEVERAGE_PLANS = Kind("deleverage_plans", DeleveragePlan, find_by=("account_id", "state"))


class SaleTaxes(Protocol):
    """What tax closing a position would bring, from memory and without waiting."""

    @property
    def name(self) -> str:
        """What a plan calls this source of its figures."""
        ...

    def tax(self, *, account_id: UUID, position: Position, price: Decimal) -> Decimal:
        """Return the tax per unit closed at the price, in the account's currency; below 0 it saves.

        price is per unit without the multiplier.
        """
        ...
