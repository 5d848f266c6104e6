"""Give a new tenant a set of limits under which a small first order passes."""

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from domain.risk.rule import Rule
from domain.risk.templates import TEMPLATES, TemplateName


def default_rules(*, tenant_id: UUID, at: datetime, new_id: Callable[[], UUID]) -> tuple[Rule, ...]:
    """Return the rules of a new tenant: those of the balanced template; new_id gives rising ids."""
    return tuple(
        limit.rule(id=new_id(), tenant_id=tenant_id, at=at)
        for limit in TEMPLATES[TemplateName.BALANCED].rules
    )
