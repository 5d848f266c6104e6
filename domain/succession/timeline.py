"""Play a plan over a stretch of time: who says what when, and when the system is away."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from domain.shared.values import InvalidValue
from domain.succession.plan import SuccessionPlan, SuccessionState, Trading
from domain.succession.silence import Silence


class ActKind(StrEnum):
    """What somebody does."""

    CHECK_IN = "check_in"
    CONFIRM = "confirm"
    VETO = "veto"


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """One thing that somebody does; who matters for a trustee's confirmation alone."""

    at: datetime
    kind: ActKind
    who: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outage:
    """The system is away from a moment on until another."""

    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """From when a state holds, and what may be traded in it."""

    at: datetime
    state: SuccessionState
    trading: Trading


def play(
    plan: SuccessionPlan,
    *,
    start: datetime,
    lasts: timedelta,
    outages: Iterable[Outage] = (),
    acts: Iterable[Act] = (),
) -> list[Step]:
    """Return the first state and every later one until the end, which is included.

    What is done while the system is away reaches nobody. At one moment the owner comes first,
    then what is due by time, then the trustees. Raises InvalidValue for outages that end before
    they begin.
    """
    end = start + lasts
    player = _Player(silence=Silence(plan=plan), now=start, away=_joined(outages))
    player.note()
    heard = (act for act in acts if start <= act.at <= end and not player.is_away(act.at))
    for act in sorted(heard, key=lambda act: (act.at, act.kind is ActKind.CONFIRM)):
        # A veto in the last second wins: what falls due at that very moment is not yet taken.
        player.run(act.at, inclusive=act.kind is ActKind.CONFIRM)
        player.act(act)
    player.run(end, inclusive=True)
    return player.steps


@dataclass(slots=True, kw_only=True)
class _Player:
    silence: Silence
    now: datetime
    away: Sequence[Outage]
    steps: list[Step] = field(default_factory=list)

    def note(self) -> None:
        """Take a step down where the state is another than before."""
        state = self.silence.state
        if not self.steps or self.steps[-1].state is not state:
            self.steps.append(Step(at=self.now, state=state, trading=self.silence.trading))

    def run(self, until: datetime, *, inclusive: bool) -> None:
        """Let time pass, and take what falls due; inclusive: also at the end itself."""
        while True:
            free = _running(self.now, until, self.away)
            ahead = self.silence.next_in
            if ahead is None or ahead > free or (ahead == free and not inclusive):
                self.silence, self.now = self.silence.ran(free), until
                return
            self.now = _moment_after(self.now, ahead, self.away)
            self.silence = self.silence.ran(ahead).due()
            self.note()

    def act(self, act: Act) -> None:
        """Take what somebody does, and what it makes due."""
        self.silence = _after(self.silence, act)
        self.note()
        if act.kind is ActKind.CONFIRM:
            self.silence = self.silence.due()
            self.note()

    def is_away(self, at: datetime) -> bool:
        """Tell whether the system is away at that moment."""
        return any(one.start <= at < one.end for one in self.away)


def _after(silence: Silence, act: Act) -> Silence:
    match act.kind:
        case ActKind.CHECK_IN:
            return silence.checked_in()
        case ActKind.VETO:
            return silence.vetoed()
        case ActKind.CONFIRM:
            return silence.confirmed_by(act.who)


def _joined(outages: Iterable[Outage]) -> list[Outage]:
    """Return the outages in order, those that overlap as one."""
    joined: list[Outage] = []
    for index, one in enumerate(outages):
        if one.end < one.start:
            raise InvalidValue(field=f"outages[{index}].to", problem="must not be before from")
    for one in sorted(outages, key=lambda one: one.start):
        if joined and one.start <= joined[-1].end:
            last = joined.pop()
            one = Outage(start=last.start, end=max(last.end, one.end))
        joined.append(one)
    return joined


def _running(start: datetime, end: datetime, away: Iterable[Outage]) -> timedelta:
    """Return how long the system ran between two moments."""
    lost = (min(one.end, end) - max(one.start, start) for one in away)
    return end - start - sum((max(one, timedelta(0)) for one in lost), timedelta(0))


def _moment_after(start: datetime, ran: timedelta, away: Iterable[Outage]) -> datetime:
    """Return when the system has run so long; at the start of an outage it is past its end."""
    at = start + ran
    for one in away:
        if one.end > start and one.start <= at:
            at += one.end - max(one.start, start)
    return at
