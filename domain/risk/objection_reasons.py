"""Put what other areas have against an order into reasons and warnings."""

from domain.risk.objections import Objection, Objections
from domain.risk.rule import Action
from domain.risk.verdict import Headroom, Reason

# What a reason or a headroom names as its rule type when another area stands behind it.
OBJECTION = "OBJECTION"
SOURCE_SILENT = "SOURCE_SILENT"


def reasons_against(objections: Objections) -> tuple[Reason, ...]:
    """Return why the order must not open: each objection that blocks, each source unheard."""
    silent = tuple(
        Reason(
            code=SOURCE_SILENT,
            message=f"nothing is opened while {source} does not say what it has against it",
            rule_type=OBJECTION,
            rule_name=source,
        )
        for source in objections.silent
    )
    return silent + tuple(
        Reason(
            code=one.code,
            message=f"{one.source}: {one.message}",
            rule_type=OBJECTION,
            rule_name=one.source,
            value=one.value,
            limit=one.limit,
        )
        for one in objections.raised
        if one.action is Action.BLOCK
    )


def warnings_of(objections: Objections) -> tuple[Headroom, ...]:
    """Return what is told of an order that may open all the same."""
    return tuple(_told(one) for one in objections.raised if one.action is Action.WARN)


def headroom_against(objections: Objections, *, exempt: bool) -> tuple[Headroom, ...]:
    """Return every objection with its figures, and every source that was not heard."""
    silent = tuple(
        Headroom(
            rule_type=OBJECTION,
            rule_name=source,
            action=Action.BLOCK.value,
            unit="",
            breached=not exempt,
            exempt=exempt,
            missing=f"a word of {source} that holds",
        )
        for source in objections.silent
    )
    return silent + tuple(_told(one, exempt=exempt) for one in objections.raised)


def _told(one: Objection, *, exempt: bool = False) -> Headroom:
    return Headroom(
        rule_type=OBJECTION,
        rule_name=f"{one.source}: {one.message}",
        action=one.action.value,
        unit="",
        value=one.value,
        limit=one.limit,
        breached=True,
        exempt=exempt,
    )
