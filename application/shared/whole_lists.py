"""Take in a whole list of records or nothing: what is known by its name is changed."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from application.shared.asker import Asker
from application.shared.change import KeyReused, Once, Replayed
from application.shared.keeper import Keeper
from domain.shared.values import InvalidValue
from ports.work import Record, Work

R = TypeVar("R", bound=Record)
Said = TypeVar("Said")


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """How many of a list were new, changed, and as they were."""

    added: int
    changed: int
    unchanged: int


def made_of_all(
    listed: Sequence[Said], *, made: Callable[[Said], R], name: str, known_by: str
) -> list[R]:
    """Return the record of each; raises InvalidValue by its place, for two of one name too."""
    found: dict[object, R] = {}
    for number, said in enumerate(listed):
        try:
            record = made(said)
            key = getattr(record, known_by)
            if key in found:
                raise InvalidValue(field=known_by, problem=f"stands in the list before: {key}")
        except InvalidValue as wrong:
            place = f"{name}[{number}].{wrong.field}"
            raise InvalidValue(field=place, problem=wrong.problem) from None
        found[key] = record
    return list(found.values())


async def take_in(
    wanted: Sequence[R],
    *,
    keeper: Keeper[R],
    known_by: str,
    by: Asker,
    once: Once[Imported] | None = None,
) -> Imported | Replayed | KeyReused:
    """Store all of a list or nothing: a known name is changed, an unknown one is added.

    Raises InvalidValue, TooMany.
    """

    async def all_of_them(work: Work) -> Imported:
        there = await work.records(keeper.kind).list(limit=keeper.limit)
        known = {getattr(one, known_by): one for one in there}
        counts = {"added": 0, "changed": 0, "unchanged": 0}
        for record in wanted:
            before = known.get(getattr(record, known_by))
            after = record if before is None else keeper.over(before, record)
            if before is not None and _again(after, before) == before:
                counts["unchanged"] += 1
                continue
            await keeper.put(work, after, before=before, by=by)
            counts["added" if before is None else "changed"] += 1
        return Imported(**counts)

    return await keeper.changes.once(all_of_them, tenant_id=by.tenant_id, once=once)


def _again(after: R, before: R) -> R:
    """Return what would be stored, as if it had not been."""
    record: Any = after
    again: R = replace(record, version=before.version)
    return again
