"""Describe how one account is margined: its rulebook, and what is done without being asked."""

from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from domain.accounts.account import Account, AccountKind
from domain.margin.deleverage import checked_target
from domain.margin.rulebook import RulebookName
from domain.shared.values import InvalidValue, plain

# A margin account's: Regulation T with Rule 4210, by date.
_BY_KIND = {AccountKind.CASH: RulebookName.CASH, AccountKind.MARGIN: RulebookName.REG_T}
# How much an account may be left to lean on, from the least to the most.
_ORDER = (
    RulebookName.CASH,
    RulebookName.REG_T,
    RulebookName.FINRA_4210,
    RulebookName.PORTFOLIO,
    RulebookName.CRYPTO_ISOLATED,
    RulebookName.CRYPTO_CROSS,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountMargin:
    """What an owner has set for an account; its id is the account's.

    automatic_target is the buffer to which the account is brought back by itself once its
    maintenance margin is beyond 1.10 x equity, None where nothing is closed unasked.
    """

    id: UUID
    tenant_id: UUID
    rulebook: RulebookName
    automatic_target: Decimal | None = None
    version: int = 1

    def __post_init__(self) -> None:
        """Raise InvalidValue for a target that is none."""
        if self.automatic_target is not None:
            checked_target(self.automatic_target)


def usual_margin(account: Account) -> AccountMargin:
    """Return how an account is margined that nobody has set anything for: version 0."""
    return AccountMargin(
        id=account.id,
        tenant_id=account.tenant_id,
        rulebook=_BY_KIND[account.kind],
        version=0,
    )


def checked_rulebook(name: str, *, account: Account) -> RulebookName:
    """Return the rulebook; raises InvalidValue for none, or one that is not for the account."""
    known = ", ".join(RulebookName)
    if name not in set(RulebookName):
        raise InvalidValue(field="rulebook", problem=f"must be one of {known}, not {name!r}")
    chosen = RulebookName(name)
    if account.kind is AccountKind.CASH and chosen is not RulebookName.CASH:
        raise InvalidValue(
            field="rulebook", problem="must be cash: a cash account may not borrow or sell short"
        )
    return chosen


def loosens(before: RulebookName, after: RulebookName) -> bool:
    """Tell whether an account may lean on more by the other rulebook.

    What cannot be compared, such as shares with perpetuals, counts as looser.
    """
    return _ORDER.index(after) > _ORDER.index(before)


def describe_margin(margin: AccountMargin) -> dict[str, str]:
    """List what the trail and the notices show."""
    target = margin.automatic_target
    return {
        "rulebook": margin.rulebook.value,
        "automatic_target": "" if target is None else plain(target),
    }
