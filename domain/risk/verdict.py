"""Hold the gate's word on an order. Only the gate can say yes."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from domain.orders.order import Order
from domain.orders.terms import OrderTerms
from domain.shared.values import ONE, ZERO

# From this share of any limit on, the verdict carries an alert.
ALERT_FROM = Decimal("0.7")

# What a reason or a headroom names as its rule type when no tenant's rule is behind it.
BUILT_IN = "BUILT_IN"


class NotTheGate(Exception):
    """Something other than the gate tried to make an approval."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """Why an order was refused: the rule, the figures, and the clause behind it.

    rule_id is None for the checks that always run (rule_type BUILT_IN); code names the
    kind of refusal, such as MAX_ORDER_VALUE or QUOTE_MISSING.
    """

    code: str
    message: str
    rule_type: str
    rule_name: str
    rule_id: UUID | None = None
    value: Decimal | None = None
    limit: Decimal | None = None
    clause: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Headroom:
    """How much of one limit would be used: value of limit, in the unit named.

    value and limit are None when `missing` names the input that was not there.
    """

    rule_type: str
    rule_name: str
    action: str
    unit: str
    rule_id: UUID | None = None
    value: Decimal | None = None
    limit: Decimal | None = None
    breached: bool = False
    # An exposure rule does not hold back an order that only reduces.
    exempt: bool = False
    missing: str = ""
    clause: str = ""

    @property
    def used(self) -> Decimal | None:
        """The share of the limit that is used: 1 is all of it, None when not measured."""
        if self.value is None or self.limit is None:
            return None
        if self.limit > ZERO:
            return self.value / self.limit
        return ONE if self.breached else ZERO

    @property
    def is_alert(self) -> bool:
        """Whether at least 70 % of the limit is used."""
        used = self.used
        return used is not None and used >= ALERT_FROM


class _Seal:
    """What the gate alone holds."""

    __slots__ = ()


# Private to this module and the gate: an approval without it cannot be made.
_GATE_SEAL = _Seal()


@dataclass(frozen=True, slots=True, kw_only=True)
class Approved:
    """The gate let this order pass with these terms; only dispatch may take it further.

    terms are the order's own, or the new ones when a replace was decided. reserved_price
    is the price per unit at which the order counts as exposure while it rests;
    protective_limit the worst price that the venue may fill it at, where it names none.
    decided_at says when a stored approval was given; None where nobody decided on these very
    shares, or where it is of this moment.
    """

    order: Order
    terms: OrderTerms
    reserved_price: Decimal
    protective_limit: Decimal | None = None
    decided_at: datetime | None = None
    warnings: tuple[Headroom, ...]
    seal: object
    # Whether the order only reduces what is held.
    reducing: bool = False

    def __post_init__(self) -> None:
        if self.seal is not _GATE_SEAL:
            raise NotTheGate("an approval comes from domain.risk.gate.decide or restore only")


@dataclass(frozen=True, slots=True, kw_only=True)
class Denied:
    """The gate refused; every reason is named. halt asks to stop the account, and why."""

    order: Order
    terms: OrderTerms
    reasons: tuple[Reason, ...]
    warnings: tuple[Headroom, ...] = ()
    halt: str | None = None
    reducing: bool = False


Verdict = Approved | Denied
