"""Name the kind of problem that a refusal of an area stands for."""

from collections.abc import Iterator

from adapters.http.problem_kinds import CONFLICT, KINDS, Kind
from domain.shared.refusals import Conflicting

_BY_SLUG = {kind.slug: kind for kind in KINDS}


def of_conflict(refusal: type[Conflicting]) -> Kind:
    """Return the kind that a refusal names: one of those above, or one that it declares."""
    return _BY_SLUG.get(refusal.slug) or Kind(
        refusal.slug, refusal.title, CONFLICT.status, refusal.meaning
    )


def all_kinds() -> tuple[Kind, ...]:
    """Return every kind that this server answers with, those that areas declare among them."""
    declared = {kind.slug: kind for kind in map(of_conflict, _below(Conflicting))}
    return (*KINDS, *(kind for slug, kind in sorted(declared.items()) if slug not in _BY_SLUG))


def _below(refusal: type[Conflicting]) -> Iterator[type[Conflicting]]:
    for one in refusal.__subclasses__():
        yield one
        yield from _below(one)
