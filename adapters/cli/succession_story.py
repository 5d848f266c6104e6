"""Read a plan of succession from a file, with when the system is away and what people do."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

import msgspec

from domain.shared.json_names import RepeatedName, load_unambiguous
from domain.shared.values import InvalidValue, checked_time
from domain.succession.plan import SuccessionPlan
from domain.succession.timeline import Act, ActKind, Outage

_PLAN = "plan"


class _Plan(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    trustees: list[str]
    confirmations_needed: int
    check_in_days: int = 30
    remind_days: int = 14
    contact_days: int = 14
    grace_days: int = 14


class _Outage(msgspec.Struct, forbid_unknown_fields=True):
    start: datetime = msgspec.field(name="from")
    end: datetime = msgspec.field(name="to")


class _Event(msgspec.Struct, forbid_unknown_fields=True):
    at: datetime
    kind: Literal["check_in", "confirm", "veto"]
    who: str | None = None


class _Happens(msgspec.Struct, forbid_unknown_fields=True):
    outages: list[_Outage] = []
    events: list[_Event] = []


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """What a file says: a plan, when the system is away, and what people do."""

    plan: SuccessionPlan
    outages: Sequence[Outage]
    acts: Sequence[Act]


def read_story(content: bytes) -> Story:
    """Return what the content of a file says; the plan's fields stand in `plan`, or beside it.

    Raises InvalidValue, or msgspec's ValidationError, with the place of what is wrong.
    """
    try:
        said = load_unambiguous(content)
    except RepeatedName as twice:
        raise InvalidValue(field=twice.pointer, problem="must stand there once") from twice
    except (ValueError, RecursionError) as problem:
        raise InvalidValue(field="$", problem=f"must be JSON: {problem}") from problem
    if not isinstance(said, dict):
        raise InvalidValue(field="$", problem="must be an object with a plan")
    happens = {name: said.pop(name) for name in ("outages", "events") if name in said}
    plan = _plan(said)
    told = msgspec.convert(happens, type=_Happens)
    return Story(
        plan=plan,
        outages=[
            Outage(
                start=checked_time(one.start, field=f"outages[{index}].from"),
                end=checked_time(one.end, field=f"outages[{index}].to"),
            )
            for index, one in enumerate(told.outages)
        ],
        acts=[_act(one, index=index, plan=plan) for index, one in enumerate(told.events)],
    )


def _plan(said: dict[str, Any]) -> SuccessionPlan:
    inner = said.pop(_PLAN, said)
    if inner is not said and said:
        raise InvalidValue(
            field=next(iter(said)),
            problem=f"must stand in `{_PLAN}`, which is there, not beside it",
        )
    asked = msgspec.convert(inner, type=_Plan)
    return SuccessionPlan(
        trustees=tuple(asked.trustees),
        confirmations_needed=asked.confirmations_needed,
        check_in_days=asked.check_in_days,
        remind_days=asked.remind_days,
        contact_days=asked.contact_days,
        grace_days=asked.grace_days,
    )


def _act(event: _Event, *, index: int, plan: SuccessionPlan) -> Act:
    kind, who = ActKind(event.kind), event.who or ""
    known = ", ".join(plan.trustees)
    field = f"events[{index}].who"
    if kind is ActKind.CONFIRM and who not in plan.trustees:
        raise InvalidValue(
            field=field, problem=f"must be one of the trustees ({known}), not {who!r}"
        )
    if kind is not ActKind.CONFIRM and who in plan.trustees:
        raise InvalidValue(
            field=field,
            problem=f"must be the owner, not a trustee ({known}): only the owner may {kind.value}",
        )
    return Act(at=checked_time(event.at, field=f"events[{index}].at"), kind=kind, who=who)
