"""Judge whether a consumer keeps up, from what it committed lately: Burrow's rules."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import pairwise

# Burrow keeps ten commits per partition: https://github.com/linkedin/Burrow/wiki/Configuration
WINDOW = 10
# Burrow takes a consumer for stopped once it is silent for longer than its window spans. Ours
# commit as they go and not by the minute: a span of milliseconds proves nothing yet.
QUIET_MIN = timedelta(seconds=10)


class Verdict(StrEnum):
    """How a consumer does, from good to bad."""

    OK = "OK"
    WARN = "WARN"  # it goes on, and falls behind
    STALLED = "STALLED"  # it commits, and does not go on
    STOPPED = "STOPPED"  # it does not even commit


_SEVERITY = tuple(Verdict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Commit:
    """One commit: the next offset to be read, when, and how far behind that was then."""

    offset: int
    at: datetime
    lag: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LagWindow:
    """The latest commits of one group on one partition, oldest first.

    ends are the partition's end offsets as they were seen lately, oldest first.
    """

    commits: tuple[Commit, ...] = ()
    ends: tuple[int, ...] = ()

    def seen(self, end: int) -> "LagWindow":
        """Return the window after a look at the partition's end."""
        return LagWindow(commits=self.commits, ends=(*self.ends, end)[-WINDOW:])

    def committed(self, commit: Commit) -> "LagWindow":
        """Return the window after a commit; one that came earlier than the last is left out."""
        if self.commits and commit.at < self.commits[-1].at:
            return self
        return LagWindow(commits=(*self.commits, commit)[-WINDOW:], ends=self.ends)

    @property
    def lag(self) -> int:
        """How many messages wait now; 0 while either side is unknown."""
        if not self.commits or not self.ends:
            return 0
        return max(0, self.ends[-1] - self.commits[-1].offset)


def judge(window: LagWindow, *, now: datetime, quiet_min: timedelta = QUIET_MIN) -> Verdict:
    """Return how the consumer of one partition does.

    The rules are Burrow's, from worst to best, with the mending of pull request 338:
    https://github.com/linkedin/Burrow/wiki/Consumer-Lag-Evaluation-Rules
    https://github.com/linkedin/Burrow/pull/338
    Two things differ. Silence counts as STOPPED from `quiet_min` on at the earliest. An
    offset that was set back, REWIND to Burrow, is a WARN: it is a deed of an operator.
    """
    commits = window.commits
    if not commits or window.lag == 0:
        return Verdict.OK
    if _is_silent(commits, now=now, quiet_min=quiet_min) and not _was_at_the_end(window):
        return Verdict.STOPPED
    if any(commit.lag == 0 for commit in commits):
        return Verdict.OK
    pairs = list(pairwise(commits))
    if any(after.offset < before.offset for before, after in pairs):
        return Verdict.WARN
    if not pairs:
        # One commit is no trend.
        return Verdict.OK
    if all(after.offset == before.offset for before, after in pairs):
        return Verdict.STALLED
    if all(after.lag >= before.lag for before, after in pairs):
        return Verdict.WARN
    return Verdict.OK


def worst(verdicts: Iterable[Verdict]) -> Verdict:
    """Return the worst: a group does as its worst partition does."""
    return max(verdicts, key=_SEVERITY.index, default=Verdict.OK)


def _is_silent(commits: Sequence[Commit], *, now: datetime, quiet_min: timedelta) -> bool:
    span = commits[-1].at - commits[0].at
    return now - commits[-1].at > max(span, quiet_min)


def _was_at_the_end(window: LagWindow) -> bool:
    """Tell whether all was read a moment ago: then it has had no time to commit what is new."""
    return any(end <= window.commits[-1].offset for end in window.ends)
