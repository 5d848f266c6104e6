"""Say what differs between the forms of decision records, in this one place.

A decision is taken again under the rules of its own form, to the byte. Whatever changes what
the gate decides, or what a record holds, stands here for the forms before it; a figure that
an earlier form does not hold is read as what that form took for granted.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from domain.risk.codec import Json, canonical
from domain.risk.measure import Nature
from domain.risk.rule import RuleType


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """How decisions of one form were taken and written."""

    number: int
    # What an order that only reduces is not held to.
    spares_reducing: frozenset[Nature]
    # An unknown symbol is the only reason that is told of its order.
    unknown_symbol_alone: bool = True
    # Units of rule types that went by another name.
    units: Mapping[RuleType, str] = field(default_factory=dict)
    # What its records do not hold, as paths; a step through a list goes to each of its items.
    absent: tuple[str, ...] = ()

    def written(self, record: bytes) -> bytes:
        """Return a record of the present form as this form writes it."""
        if self is PRESENT:
            return record
        read: Json = json.loads(record)
        read["form"] = self.number
        for path in self.absent:
            _drop(read, path.split("."))
        return canonical(read).encode("ascii")


FORMS: Mapping[int, Form] = MappingProxyType(
    {
        form.number: form
        for form in (
            Form(
                number=1,
                spares_reducing=frozenset({Nature.EXPOSURE}),
                units=MappingProxyType(
                    {
                        RuleType.MAX_POSITION_SIZE: "money or units",
                        RuleType.PRICE_COLLAR: "currency per unit",
                        RuleType.RESTRICTED_SYMBOL: "restricted symbols",
                        RuleType.MARKET_HOURS: "orders out of hours",
                    }
                ),
                absent=(
                    "situation.traded",
                    "situation.collar",
                    "situation.condition",
                    "situation.debt",
                    "verdict.protective_limit",
                ),
                unknown_symbol_alone=False,
            ),
            Form(number=2, spares_reducing=frozenset({Nature.EXPOSURE, Nature.SIZE})),
        )
    }
)
# The form of the records that are written now; a change of form, or of what the gate
# decides, raises it.
FORM = max(FORMS)
PRESENT = FORMS[FORM]


def _drop(within: object, path: list[str]) -> None:
    step, *further = path
    for one in _each(within):
        if further:
            _drop(one.get(step), further)
        else:
            one.pop(step, None)


def _each(within: object) -> Iterable[Json]:
    items = within if isinstance(within, list) else [within]
    return [item for item in items if isinstance(item, dict)]
