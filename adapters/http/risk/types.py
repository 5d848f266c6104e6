"""Show the rule types there are, as they declare themselves, for forms and other readers."""

from typing import Literal

import msgspec
from litestar import get
from litestar.handlers import HTTPRouteHandler

from adapters.http.documented import described
from adapters.http.wire import Answer, answer, text_of
from domain.identity.access import Permission
from domain.risk.measure import Check, Nature
from domain.risk.parameters import ChoiceParameter, NumberParameter, Parameter, SymbolsParameter
from domain.risk.rule import Action, RuleType
from domain.risk.rules import CHECKS
from domain.shared.values import ONE, ZERO


class ParameterView(msgspec.Struct):
    """A parameter of a rule type: a number within its bounds, one of its choices, or symbols."""

    name: str
    kind: Literal["number", "choice", "symbols"]
    default: str | list[str]
    low: str | None = None
    high: str | None = None
    choices: list[str] | None = None


class RuleTypeView(msgspec.Struct):
    """A rule type; threshold is what its threshold counts, in words.

    unit is what value and limit count, as long as no parameter says otherwise.

    An order that only reduces passes a rule of the nature exposure or size; rate has a budget
    of its own for it, and what is of conduct holds it back too. stops_at_limit: standing
    exactly at the limit is a breach already.
    """

    type: RuleType
    threshold: str
    unit: str
    clause: str
    nature: Nature
    stops_at_limit: bool
    parameters: list[ParameterView]
    actions: list[Action]


class RuleTypeList(msgspec.Struct):
    """Every rule type there is."""

    items: list[RuleTypeView]


def type_routes() -> list[HTTPRouteHandler]:
    """Return /types."""

    @get(
        "/types",
        **described(
            "List the rule types there are, with what each counts and takes",
            permission=Permission.RISK_READ,
            answers={200: RuleTypeList},
            problems=(400,),
        ),
    )
    async def types() -> Answer:
        return answer(RuleTypeList(items=[_type_view(kind) for kind in CHECKS.values()]))

    return [types]


def _type_view(kind: type[Check]) -> RuleTypeView:
    # What it counts may depend on its parameters: those of a rule that gives none.
    plain = kind.made(threshold=ONE, parameters={}, quiet=ZERO)
    return RuleTypeView(
        type=kind.TYPE,
        threshold=kind.THRESHOLD,
        unit=plain.unit,
        clause=kind.CLAUSE,
        nature=kind.NATURE,
        stops_at_limit=kind.STOPS_AT_LIMIT,
        parameters=[_parameter_view(one) for one in kind.PARAMETERS],
        # Each type takes each of them.
        actions=list(Action),
    )


def _parameter_view(declared: Parameter) -> ParameterView:
    match declared:
        case NumberParameter():
            return ParameterView(
                name=declared.name,
                kind="number",
                default=text_of(declared.default),
                low=text_of(declared.low),
                high=text_of(declared.high),
            )
        case ChoiceParameter():
            return ParameterView(
                name=declared.name,
                kind="choice",
                default=declared.choices[0],
                choices=list(declared.choices),
            )
        case SymbolsParameter():
            return ParameterView(name=declared.name, kind="symbols", default=[])
