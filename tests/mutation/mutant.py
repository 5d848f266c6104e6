"""A mutant: one place of one file that says something else."""

import difflib
import hashlib
import json
import random
import subprocess
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.mutation.areas import ROOT


@dataclass(frozen=True, slots=True)
class Mutant:
    """A span of a file's bytes and the text that takes its place."""

    path: str
    line: int
    scope: str
    operator: str
    start: int
    end: int
    text: str

    @property
    def id(self) -> str:
        """Return what names it in reports: the same as long as its file is."""
        whole = f"{self.path}:{self.start}:{self.end}:{self.text}"
        return hashlib.sha256(whole.encode()).hexdigest()[:12]

    def original(self) -> bytes:
        """Return its file as it is."""
        return (ROOT / self.path).read_bytes()

    def changed(self) -> bytes:
        """Return its file as it would be."""
        source = self.original()
        return source[: self.start] + self.text.encode() + source[self.end :]

    def diff(self) -> str:
        """Return the change as a unified diff with one line around it."""
        lines = difflib.unified_diff(
            self.original().decode().splitlines(),
            self.changed().decode().splitlines(),
            self.path,
            f"{self.path} ({self.id}, {self.operator})",
            n=1,
            lineterm="",
        )
        return "\n".join(lines)


def make_mutants(files: Sequence[str], *, tools: Path) -> list[Mutant]:
    """Ask mutmut, in its own environment, for every mutant of these files."""
    done = subprocess.run(
        [tools / "python", "-m", "tests.mutation.mutants", *files],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        check=True,
        timeout=600,
    )
    return [Mutant(**json.loads(line)) for line in done.stdout.splitlines()]


def drawn(mutants: Sequence[Mutant], *, sample: int | None, seed: int) -> list[Mutant]:
    """Return so many of them, drawn evenly by the seed; all of them when None is given."""
    if sample is None or sample >= len(mutants):
        return list(mutants)
    # By their names, so that the same files and seed draw the same, whatever order they come in.
    chosen = random.Random(seed).sample(sorted(one.id for one in mutants), sample)
    kept = frozenset(chosen)
    return [one for one in mutants if one.id in kept]


def by_file(mutants: Iterable[Mutant]) -> dict[str, list[Mutant]]:
    """Return the mutants of each file."""
    found: dict[str, list[Mutant]] = {}
    for one in mutants:
        found.setdefault(one.path, []).append(one)
    return found
