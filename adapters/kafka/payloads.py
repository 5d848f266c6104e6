"""Read what commands ask for; a new version may add optional fields only."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated, TypeAlias
from uuid import UUID

import msgspec
from msgspec import Meta

from application.orders.commands import (
    Asker,
    GroupKind,
    OrderRequest,
    ReplaceOrder,
    SubmitOrder,
)
from application.risk.commands import RuleFields
from application.signals.publish import SignalFields
from domain.kill_switch.latch import Level
from domain.orders.terms import OrderTerms, OrderType, Side, TimeInForce, TrailKind
from domain.risk.rule import Action, RuleScope, RuleType
from domain.shared.amounts import AMOUNT_PATTERN, read_amount
from domain.shared.names import SEEN_PATTERN
from domain.shared.values import InvalidValue
from domain.signals.signal import META_MAX, NAME_PATTERN, TTL_MAX_S

Text: TypeAlias = Annotated[str, Meta(min_length=1, max_length=64, pattern=SEEN_PATTERN)]
ChangeReason: TypeAlias = Annotated[str, Meta(min_length=1, max_length=500, pattern=SEEN_PATTERN)]
Name: TypeAlias = Annotated[str, Meta(min_length=1, max_length=100, pattern=SEEN_PATTERN)]
Sentence: TypeAlias = Annotated[str, Meta(min_length=1, max_length=500, pattern=SEEN_PATTERN)]
Symbol: TypeAlias = Annotated[str, Meta(pattern=r"^[A-Z0-9][A-Z0-9./_-]{0,31}$", examples=["AAPL"])]
ClientOrderId: TypeAlias = Annotated[
    str, Meta(min_length=1, max_length=64, pattern=r"^[\x20-\x7e]*$")
]
# Text only: a number of JSON may have been through a float on its way.
Amount: TypeAlias = Annotated[str, Meta(max_length=64, pattern=AMOUNT_PATTERN, examples=["118.25"])]
SignalName: TypeAlias = Annotated[str, Meta(pattern=NAME_PATTERN)]
ParameterText: TypeAlias = Annotated[str, Meta(max_length=200)]


class Payload(msgspec.Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """What a command asks for."""


class Leg(Payload, frozen=True, kw_only=True):
    """The terms of one order."""

    symbol: Symbol
    side: Side
    type: OrderType
    quantity: Amount
    limit_price: Amount | None = None
    stop_price: Amount | None = None
    trail: Amount | None = None
    trail_kind: TrailKind | None = None
    time_in_force: TimeInForce = TimeInForce.DAY
    expires_at: datetime | None = None
    client_order_id: ClientOrderId | None = None
    post_only: bool = False
    reduce_only: bool = False
    display_quantity: Amount | None = None

    def request(self) -> OrderRequest:
        """Return the order asked for; raises InvalidValue."""
        return OrderRequest(
            terms=OrderTerms(
                symbol=self.symbol,
                side=self.side,
                type=self.type,
                quantity=read_amount(self.quantity, field="quantity"),
                limit_price=_decimal(self.limit_price, field="limit_price"),
                stop_price=_decimal(self.stop_price, field="stop_price"),
                trail=_decimal(self.trail, field="trail"),
                trail_kind=self.trail_kind,
                time_in_force=self.time_in_force,
                expires_at=self.expires_at,
                post_only=self.post_only,
                reduce_only=self.reduce_only,
                display_quantity=_decimal(self.display_quantity, field="display_quantity"),
            ),
            client_order_id=self.client_order_id,
        )


class OrderSubmit(Leg, frozen=True, kw_only=True):
    """One order for the command's account."""

    strategy_id: Text | None = None

    def command(self, asker: Asker, *, account_id: UUID) -> SubmitOrder:
        """Return the command; raises InvalidValue."""
        return SubmitOrder(
            asker=asker,
            account_id=account_id,
            orders=(self.request(),),
            strategy_id=self.strategy_id,
        )


class OrderGroupSubmit(Payload, frozen=True, kw_only=True):
    """Orders that stand or fall together: oco peers, oto entry and children, a bracket."""

    group: GroupKind
    orders: Annotated[list[Leg], Meta(min_length=2, max_length=5)]
    strategy_id: Text | None = None

    def command(self, asker: Asker, *, account_id: UUID) -> SubmitOrder:
        """Return the command; raises InvalidValue."""
        return SubmitOrder(
            asker=asker,
            account_id=account_id,
            orders=tuple(leg.request() for leg in self.orders),
            group=self.group,
            strategy_id=self.strategy_id,
        )


class OrderReplace(Payload, frozen=True, kw_only=True):
    """What to change of an order of the account; fields left out stay as they are."""

    order_id: UUID
    quantity: Amount | None = None
    limit_price: Amount | None = None
    stop_price: Amount | None = None
    trail: Amount | None = None

    def command(self, asker: Asker) -> ReplaceOrder:
        """Return the command; raises InvalidValue."""
        return ReplaceOrder(
            asker=asker,
            order_id=self.order_id,
            quantity=_decimal(self.quantity, field="quantity"),
            limit_price=_decimal(self.limit_price, field="limit_price"),
            stop_price=_decimal(self.stop_price, field="stop_price"),
            trail=_decimal(self.trail, field="trail"),
        )


class OrderCancel(Payload, frozen=True, kw_only=True):
    """Which order of the account to cancel."""

    order_id: UUID


class OrdersCancelAll(Payload, frozen=True, kw_only=True):
    """Cancel every order of the account, or without one of the tenant; maybe of one symbol."""

    symbol: Symbol | None = None


class KillSwitchActivate(Payload, frozen=True, kw_only=True):
    """Stop the account, or without one the tenant or what is named of it.

    At the level reducing what only reduces |position| still passes. flatten also closes
    positions.
    """

    reason: Sentence
    flatten: bool = False
    level: Level = Level.HALTED
    strategy_id: Text | None = None
    broker: Text | None = None
    symbol: Symbol | None = None


class RuleScopeBody(Payload, frozen=True, kw_only=True):
    """Which orders a rule looks at; every field that is given must match."""

    account_id: UUID | None = None
    strategy_id: Text | None = None
    symbol: Symbol | None = None


class RiskRuleCreate(Payload, frozen=True, kw_only=True):
    """A rule as a person writes it; threshold's unit is the rule type's own."""

    name: Name
    rule_type: RuleType
    threshold: Amount
    action: Action = Action.BLOCK
    is_active: bool = True
    scope: RuleScopeBody = RuleScopeBody()
    parameters: Annotated[
        dict[Text, ParameterText | Annotated[list[ParameterText], Meta(max_length=1_000)]],
        Meta(max_length=16),
    ] = {}
    # Why: needed where a change loosens a limit.
    reason: ChangeReason | None = None

    def fields(self) -> RuleFields:
        """Return the rule asked for; raises InvalidValue."""
        return RuleFields(
            name=self.name,
            rule_type=self.rule_type,
            threshold=read_amount(self.threshold, field="threshold"),
            action=self.action,
            is_active=self.is_active,
            scope=RuleScope(
                account_id=self.scope.account_id,
                strategy_id=self.scope.strategy_id,
                symbol=self.scope.symbol,
            ),
            parameters={
                name: value if isinstance(value, str) else tuple(value)
                for name, value in self.parameters.items()
            },
        )


class RiskRuleUpdate(RiskRuleCreate, frozen=True, kw_only=True):
    """All that may be written of a rule; with expected_version only if it still is of that."""

    rule_id: UUID
    expected_version: Annotated[int, Meta(ge=1)] | None = None


class RiskRuleDelete(Payload, frozen=True, kw_only=True):
    """Which rule to delete; with expected_version only if it still is of that one."""

    rule_id: UUID
    expected_version: Annotated[int, Meta(ge=1)] | None = None
    reason: ChangeReason | None = None


class AccountDeposit(Payload, frozen=True, kw_only=True):
    """Money into a paper account; reference is the command's id when left out."""

    amount: Amount
    reference: Name | None = None


class PublishSignal(Payload, frozen=True, kw_only=True):
    """A signal: score -1 (sell) to 1 (buy); meta holds texts by name."""

    symbol: Symbol
    score: Amount
    source: SignalName
    id: SignalName | None = None
    timestamp: datetime | None = None
    ttl_s: Annotated[int, Meta(ge=1, le=TTL_MAX_S)] | None = None
    meta: Annotated[dict[str, str], Meta(max_length=META_MAX)] | None = None

    def fields(self) -> SignalFields:
        """Return what the core reads of it."""
        return SignalFields(
            id=self.id,
            symbol=self.symbol,
            score=read_amount(self.score, field="score"),
            source=self.source,
            timestamp=self.timestamp,
            ttl_s=self.ttl_s,
            meta=self.meta or {},
        )


class Heartbeat(Payload, frozen=True, kw_only=True):
    """Nothing: the reply shows that key, clock and way are good."""


def _decimal(text: str | None, *, field: str) -> Decimal | None:
    return read_amount(text, field=field) if text is not None else None


def account_of(account_id: UUID | None) -> UUID:
    """Return the account that a command must name; raises InvalidValue."""
    if account_id is None:
        raise InvalidValue(field="account", problem="is required for this type")
    return account_id
