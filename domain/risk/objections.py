"""Hold what other areas have against an order: tax, surveillance, a lock on an estate."""

import re
from dataclasses import dataclass
from decimal import Decimal

from domain.risk.rule import Action
from domain.shared.values import InvalidValue, checked_decimal

MESSAGE_LENGTH_MAX = 300
_SOURCE = re.compile(r"[a-z][a-z_]{0,31}")
_CODE = re.compile(r"[A-Z][A-Z0-9_]{0,63}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Objection:
    """What one area has against one order: BLOCK denies it, WARN lets it pass and says so.

    code names the kind of objection for machines, value and limit its figures where it has any.
    """

    source: str
    code: str
    action: Action
    message: str
    value: Decimal | None = None
    limit: Decimal | None = None

    def __post_init__(self) -> None:
        """Raise InvalidValue for what could not be kept, told or acted upon."""
        if not _SOURCE.fullmatch(self.source):
            raise InvalidValue(field="source", problem="must be 1 to 32 of a-z _, a letter first")
        if not _CODE.fullmatch(self.code):
            raise InvalidValue(field="code", problem="must be 1 to 64 of A-Z 0-9 _, a letter first")
        if self.action not in (Action.BLOCK, Action.WARN):
            raise InvalidValue(field="action", problem="must be BLOCK or WARN")
        if not 1 <= len(self.message) <= MESSAGE_LENGTH_MAX or not self.message.isprintable():
            raise InvalidValue(
                field="message", problem=f"must be 1 to {MESSAGE_LENGTH_MAX} printable characters"
            )
        for field, figure in (("value", self.value), ("limit", self.limit)):
            if figure is not None:
                checked_decimal(figure, field=field)


@dataclass(frozen=True, slots=True, kw_only=True)
class Objections:
    """All that was objected to one order, and the declared sources that could not be asked."""

    raised: tuple[Objection, ...] = ()
    silent: tuple[str, ...] = ()
