"""What a scanner found, and what this project says to it."""

import tomllib
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """One place that a scanner points at; rule is its own name for what it sees there."""

    scanner: str
    rule: str
    path: str
    line: int
    said: str = ""

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.scanner} {self.rule} {self.said}".rstrip()


@dataclass(frozen=True, slots=True)
class Explained:
    """Why so many findings of one rule in the files of one pattern are none."""

    scanner: str
    rule: str
    path: str
    count: int
    why: str

    def covers(self, finding: Finding) -> bool:
        """Tell whether the finding is one of these."""
        return (self.scanner, self.rule) == (finding.scanner, finding.rule) and fnmatchcase(
            finding.path, self.path
        )


def read_explained(path: Path) -> list[Explained]:
    """Read the explanations; raises KeyError, ValueError for one that lacks something."""
    entries = [Explained(**entry) for entry in tomllib.loads(path.read_text())["explained"]]
    for entry in entries:
        if len(entry.why) < 20 or entry.count < 1:
            raise ValueError(f"{entry} explains nothing")
    return entries


def judge(findings: Iterable[Finding], *, explained: Sequence[Explained]) -> list[str]:
    """Return what is wrong: findings without an explanation, explanations of nothing.

    An explanation holds for a number of findings, so that one more in the same file is seen.
    """
    wrongs: list[str] = []
    met: Counter[Explained] = Counter()
    for finding in sorted(findings):
        entry = next((one for one in explained if one.covers(finding)), None)
        if entry is None:
            wrongs.append(f"{finding}: not explained")
            continue
        met[entry] += 1
        if met[entry] > entry.count:
            wrongs.append(f"{finding}: one more than the {entry.count} that are explained")
    wrongs += [
        f"{entry.path}: {entry.scanner} {entry.rule} is explained {entry.count} times and found"
        f" {met[entry]} times"
        for entry in explained
        if met[entry] < entry.count
    ]
    return wrongs
