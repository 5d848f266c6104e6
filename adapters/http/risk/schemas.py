"""Show risk rules on the wire, and read them."""

from types import MappingProxyType
from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import Meta

from adapters.http.approvals import Reason
from adapters.http.orders.schemas import LegBody
from adapters.http.problems import ReasonView, unfit
from adapters.http.reading import Amount
from adapters.http.wire import (
    HeadroomView,
    Name,
    Symbol,
    Text,
    headroom_view,
    id_of,
    moment,
    reason_view,
    text_of,
)
from application.risk.commands import RuleFields, RuleTried, TryRule
from application.shared.asker import Asker
from domain.risk.rule import Action, Parameters, Rule, RuleScope, RuleType
from domain.shared.amounts import read_number
from domain.shared.values import inside, plain

PARAMETERS_MAX = 16
# A parameter's value: text, a number kept as it was written, or a list of texts.
ParameterValue = Annotated[
    msgspec.Raw,
    Meta(
        extra_json_schema={
            "anyOf": [
                {"type": "string"},
                {"type": "number"},
                {"type": "boolean"},
                {"type": "array", "items": {"type": "string"}},
            ]
        }
    ),
]

_VALUE = msgspec.json.Decoder(str | list[str])


class ScopeBody(msgspec.Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """Which orders a rule looks at; every field that is given must match."""

    account_id: UUID | None = None
    strategy_id: Text | None = None
    symbol: Symbol | None = None


class RuleBody(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """A rule as a person writes it; threshold's unit is the rule type's own.

    strategy_id is the same as the scope's.
    """

    name: Name
    rule_type: RuleType
    threshold: Amount
    action: Action = Action.BLOCK
    is_active: bool = True
    scope: ScopeBody = msgspec.field(default_factory=ScopeBody)
    strategy_id: Text | None = None
    parameters: Annotated[dict[str, ParameterValue], Meta(max_length=PARAMETERS_MAX)] = {}
    # Why: needed where the change loosens a limit and somebody has to agree.
    reason: Reason | None = None

    def fields(self) -> RuleFields:
        """Return the rule asked for; raises InvalidValue and problems of parameters."""
        strategy_id = self.strategy_id if self.strategy_id is not None else self.scope.strategy_id
        if self.scope.strategy_id not in (None, strategy_id):
            raise unfit("/strategy_id", "differs from the scope's")
        return RuleFields(
            name=self.name,
            rule_type=self.rule_type,
            threshold=self.threshold,
            action=self.action,
            is_active=self.is_active,
            scope=RuleScope(
                account_id=self.scope.account_id,
                strategy_id=strategy_id,
                symbol=self.scope.symbol,
            ),
            parameters=_parameters(self.parameters),
        )


def _parameters(given: dict[str, msgspec.Raw]) -> Parameters:
    read: dict[str, str | tuple[str, ...]] = {}
    for name, value in given.items():
        text = bytes(value).decode()
        if text in ("true", "false"):
            read[name] = text
            continue
        if text[:1] in "-0123456789":
            # Of JSON's own text of the number: no float ever sees it.
            read[name] = plain(read_number(text, field=f"parameters.{name}"))
            continue
        try:
            decoded = _VALUE.decode(value)
        except msgspec.ValidationError:
            detail = "must be text, a number, true or false, or a list of texts"
            raise unfit(f"/parameters/{name}", detail) from None
        read[name] = decoded if isinstance(decoded, str) else tuple(decoded)
    return MappingProxyType(read)


class TryBody(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """A rule, stored (rule_id) or not (rule), and an order that nobody sends."""

    account_id: UUID
    order: LegBody
    rule: RuleBody | None = None
    rule_id: UUID | None = None
    strategy_id: Text | None = None

    def command(self, asker: Asker, *, fields: RuleFields) -> TryRule:
        """Return the command; raises InvalidValue."""
        with inside("order"):
            terms = self.order.request().terms
        return TryRule(
            tenant_id=asker.tenant_id,
            account_id=self.account_id,
            terms=terms,
            fields=fields,
            strategy_id=self.strategy_id,
        )


class ScopeView(msgspec.Struct):
    """Which orders a rule looks at; null fields match all."""

    account_id: str | None
    strategy_id: str | None
    symbol: str | None


class OverrideView(msgspec.Struct):
    """Another threshold, until a moment."""

    threshold: str
    expires_at: str


class RuleView(msgspec.Struct, kw_only=True):
    """A rule as stored; version is what ETag and If-Match carry."""

    id: str
    name: str
    rule_type: RuleType
    threshold: str
    action: Action
    is_active: bool
    scope: ScopeView
    parameters: dict[str, str | list[str]]
    override: OverrideView | None
    version: int
    created_at: str
    updated_at: str


class RulePage(msgspec.Struct):
    """A page of rules, in the order they were made."""

    items: list[RuleView]
    next_cursor: str | None


class TriedView(msgspec.Struct):
    """The rule's answer; applies says whether it looks at such orders at all."""

    applies: bool
    approved: bool
    halts: bool
    reasons: list[ReasonView]
    headroom: HeadroomView | None


def rule_view(rule: Rule) -> RuleView:
    """Show a rule."""
    scope = rule.scope
    return RuleView(
        id=str(rule.id),
        name=rule.name,
        rule_type=rule.rule_type,
        threshold=text_of(rule.threshold),
        action=rule.action,
        is_active=rule.is_active,
        scope=ScopeView(
            account_id=id_of(scope.account_id),
            strategy_id=scope.strategy_id,
            symbol=scope.symbol,
        ),
        parameters={
            name: value if isinstance(value, str) else list(value)
            for name, value in rule.parameters.items()
        },
        override=None
        if rule.override_threshold is None or rule.override_until is None
        else OverrideView(
            threshold=text_of(rule.override_threshold), expires_at=moment(rule.override_until)
        ),
        version=rule.version,
        created_at=moment(rule.created_at),
        updated_at=moment(rule.updated_at),
    )


def fields_of(rule: Rule) -> RuleFields:
    """Return what a person wrote of a stored rule."""
    return RuleFields(
        name=rule.name,
        rule_type=rule.rule_type,
        threshold=rule.threshold,
        action=rule.action,
        is_active=True,
        scope=rule.scope,
        parameters=rule.parameters,
    )


def tried_view(tried: RuleTried) -> TriedView:
    """Show a rule's answer."""
    return TriedView(
        applies=tried.applies,
        approved=tried.approved,
        halts=tried.halts,
        reasons=[reason_view(reason) for reason in tried.reasons],
        headroom=headroom_view(tried.headroom) if tried.headroom is not None else None,
    )
