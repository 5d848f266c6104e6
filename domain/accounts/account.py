"""Hold whose money it is: portfolios and accounts."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from domain.shared.values import ONE, InvalidValue, checked_decimal


class AccountKind(StrEnum):
    """What the account may do with borrowed money and shares."""

    CASH = "cash"  # buys with its own cash, sells only what it holds
    MARGIN = "margin"  # may borrow and short within its leverage


@dataclass(frozen=True, slots=True, kw_only=True)
class Portfolio:
    """A named set of accounts."""

    id: UUID
    tenant_id: UUID
    name: str
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """One account at one broker.

    leverage is the largest gross exposure as a multiple of equity that buying power
    allows: 1 for cash, 2 for Reg T margin (12 CFR 220.12, 50 % initial margin).
    """

    id: UUID
    tenant_id: UUID
    portfolio_id: UUID
    name: str
    broker: str
    created_at: datetime
    currency: str = "USD"
    kind: AccountKind = AccountKind.CASH
    leverage: Decimal = ONE

    def __post_init__(self) -> None:
        checked_decimal(self.leverage, field="leverage")
        if not ONE <= self.leverage <= Decimal(10):
            raise InvalidValue(field="leverage", problem="must be between 1 and 10")
        if self.kind is AccountKind.CASH and self.leverage != ONE:
            raise InvalidValue(field="leverage", problem="a cash account has leverage 1")
