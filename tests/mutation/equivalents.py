"""Know the mutants that no test can tell from the product, each with a reason."""

import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.mutation.areas import ROOT
from tests.mutation.mutant import Mutant

LISTED = Path(__file__).with_name("equivalents.toml")


@dataclass(frozen=True, slots=True)
class Equivalent:
    """Some mutants of one place: what stands there, what it becomes, and why that is the same."""

    path: str
    scope: str
    was: str
    becomes: tuple[str, ...]
    why: str

    def covers(self, mutant: Mutant) -> bool:
        """Return whether this mutant is one of them."""
        if (mutant.path, mutant.scope) != (self.path, self.scope):
            return False
        before = " ".join(mutant.original()[mutant.start : mutant.end].decode().split())
        after = " ".join(mutant.text.split())
        return before == self.was and after in self.becomes


def read_equivalents(path: Path = LISTED) -> list[Equivalent]:
    """Return what the list says."""
    said = tomllib.loads(path.read_text())
    return [Equivalent(**{**one, "becomes": tuple(one["becomes"])}) for one in said.get("same", [])]


def stale(equivalents: Iterable[Equivalent], *, mutants: Sequence[Mutant]) -> list[str]:
    """Return what is listed and is a mutant no more: its code has changed since."""
    return [
        f"{one.path} {one.scope}: {one.was!r} -> {after!r}"
        for one in equivalents
        if (ROOT / one.path).exists() is False or any(one.path == mutant.path for mutant in mutants)
        for after in one.becomes
        if not any(
            one.covers(mutant) and " ".join(mutant.text.split()) == after for mutant in mutants
        )
    ]
