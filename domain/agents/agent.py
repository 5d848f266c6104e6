"""Follow an agent by its heartbeats: alive, late, dead or paused, and which may follow which."""

import re
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from domain.shared.values import InvalidValue, checked_time

LATE_AFTER_S = 2.0
DEAD_AFTER_S = 5.0
# An older heartbeat is no sign of life any more, and one from so far ahead is a wrong clock.
AGE_MAX = timedelta(seconds=30)
AHEAD_MAX = timedelta(seconds=5)
SEQUENCE_MAX = 2**62

_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_WORD = re.compile(r"[\x21-\x7e]{1,64}")


class DesiredState(StrEnum):
    """What a person wants of an agent; it is asked, and asked again, until it does."""

    RUNNING = "running"
    PAUSED = "paused"


class ReportedState(StrEnum):
    """What an agent says that it does."""

    RUNNING = "running"
    PAUSED = "paused"


class AgentState(StrEnum):
    """How an agent is."""

    ALIVE = "alive"  # heard lately, and trading
    PAUSED = "paused"  # heard lately, and says that it is paused
    LATE = "late"  # silent for LATE_AFTER_S
    DEAD = "dead"  # silent for DEAD_AFTER_S
    AWAITED = "awaited"  # registered, and never heard
    ENDED = "ended"  # what it was is gone: nobody waits for it


TRANSITIONS: frozenset[tuple[AgentState, AgentState]] = frozenset(
    {
        (AgentState.ALIVE, AgentState.PAUSED),
        (AgentState.ALIVE, AgentState.LATE),
        (AgentState.ALIVE, AgentState.DEAD),
        (AgentState.PAUSED, AgentState.ALIVE),
        (AgentState.PAUSED, AgentState.LATE),
        (AgentState.PAUSED, AgentState.DEAD),
        (AgentState.LATE, AgentState.ALIVE),
        (AgentState.LATE, AgentState.PAUSED),
        (AgentState.LATE, AgentState.DEAD),
        # Only a heartbeat brings one back.
        (AgentState.DEAD, AgentState.ALIVE),
        (AgentState.DEAD, AgentState.PAUSED),
        (AgentState.AWAITED, AgentState.ALIVE),
        (AgentState.AWAITED, AgentState.PAUSED),
        *((one, AgentState.ENDED) for one in AgentState if one is not AgentState.ENDED),
        # Another of that name speaks.
        (AgentState.ENDED, AgentState.ALIVE),
        (AgentState.ENDED, AgentState.PAUSED),
    }
)


class IllegalAgentMove(Exception):
    """The table has no such transition: a defect of ours."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Heartbeat:
    """What an agent says; at is its own clock, sequence its own count."""

    tenant_id: UUID
    agent_id: str
    account_id: UUID | None
    kind: str
    at: datetime
    sequence: int
    state: ReportedState
    version: str

    def __post_init__(self) -> None:
        checked_agent_id(self.agent_id)
        for name in ("kind", "version"):
            if not _WORD.fullmatch(getattr(self, name)):
                raise InvalidValue(
                    field=name, problem="must be 1 to 64 printable ASCII characters, no spaces"
                )
        checked_time(self.at, field="at")
        if not 0 <= self.sequence <= SEQUENCE_MAX:
            raise InvalidValue(field="sequence", problem=f"must be 0 to {SEQUENCE_MAX}")


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentStatus:
    """How an agent is by its heartbeats, and nothing else of it; since is when its state began.

    version counts how often it was stored, release is what the agent says of itself. Of one
    that was never heard last_at and heard_at are the time of its registration.
    """

    id: UUID
    tenant_id: UUID
    account_id: UUID | None
    kind: str
    release: str
    state: AgentState
    since: datetime
    last_at: datetime
    last_sequence: int
    heard_at: datetime
    version: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Agent(AgentStatus):
    """An agent as it is known. (tenant_id, name) names it.

    member_id is the machine that it comes in as, where it has one.
    """

    name: str
    desired: DesiredState = DesiredState.RUNNING
    desired_by: str = ""
    desired_at: datetime | None = None
    member_id: UUID | None = None


def awaited(
    *,
    id: UUID,
    tenant_id: UUID,
    name: str,
    account_id: UUID | None,
    now: datetime,
    member_id: UUID | None = None,
) -> Agent:
    """Return an agent that was never heard; raises InvalidValue."""
    return Agent(
        id=id,
        tenant_id=tenant_id,
        name=checked_agent_id(name),
        account_id=account_id,
        kind="agent",
        release="-",
        state=AgentState.AWAITED,
        since=now,
        last_at=now,
        last_sequence=0,
        heard_at=now,
        member_id=member_id,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class HeartbeatRefusal:
    """A heartbeat that shows nothing, and why."""

    problem: str


def checked_agent_id(value: str) -> str:
    """Return the id; raises InvalidValue."""
    if not _ID.fullmatch(value):
        raise InvalidValue(
            field="agent_id",
            problem="must be 1 to 64 of A-Z a-z 0-9 . _ -, a letter or digit first",
        )
    return value


def is_legal(before: AgentState, after: AgentState) -> bool:
    """Tell whether a state may follow another."""
    return (before, after) in TRANSITIONS


def hear(agent: Agent, heartbeat: Heartbeat, *, now: datetime) -> Agent | HeartbeatRefusal:
    """Return the agent after its heartbeat.

    One that is old, or not later than the last by its sender's own clock, shows nothing: it
    may be a repetition, of the log's or of somebody's who recorded it.
    """
    if heartbeat.at < now - AGE_MAX:
        return HeartbeatRefusal(problem="older than 30 s")
    if heartbeat.at > now + AHEAD_MAX:
        return HeartbeatRefusal(problem="more than 5 s ahead: is the agent's clock right?")
    # One that is awaited has not spoken: its times are those of its registration.
    if agent.state is not AgentState.AWAITED and heartbeat.at <= agent.last_at:
        return HeartbeatRefusal(problem="not later than the one before")
    if agent.state is AgentState.ENDED and heartbeat.at <= agent.since:
        return HeartbeatRefusal(problem="not later than its end")
    state = AgentState.PAUSED if heartbeat.state is ReportedState.PAUSED else AgentState.ALIVE
    return replace(
        _moved(agent, state, now=now),
        account_id=heartbeat.account_id,
        kind=heartbeat.kind,
        release=heartbeat.version,
        last_at=heartbeat.at,
        last_sequence=heartbeat.sequence,
        heard_at=now,
    )


def ended(agent: Agent, *, now: datetime) -> Agent:
    """Return the agent, of its next version, once what it was is gone."""
    return replace(_moved(agent, AgentState.ENDED, now=now), version=agent.version + 1)


def caught_up(stored: Agent, seen: Agent) -> Agent:
    """Return the stored agent, of its next version, with what was heard or concluded of it.

    What is stored of the same heartbeat or a later one stays, and what is desired; so does since
    where the state does.
    """
    after = replace(
        stored,
        version=stored.version + 1,
        state=seen.state,
        since=stored.since if stored.state is seen.state else seen.since,
    )
    if stored.state is not AgentState.AWAITED and stored.last_at >= seen.last_at:
        return after
    return replace(
        after,
        account_id=seen.account_id,
        kind=seen.kind,
        release=seen.release,
        last_at=seen.last_at,
        last_sequence=seen.last_sequence,
        heard_at=seen.heard_at,
    )


def after_silence(agent: Agent, *, silent_s: float, now: datetime) -> Agent:
    """Return the agent after so many seconds in which we listened and it said nothing."""
    if agent.state in (AgentState.AWAITED, AgentState.ENDED):
        return agent
    if silent_s >= DEAD_AFTER_S:
        return _moved(agent, AgentState.DEAD, now=now)
    if silent_s >= LATE_AFTER_S and agent.state is not AgentState.DEAD:
        return _moved(agent, AgentState.LATE, now=now)
    return agent


def _moved(agent: Agent, state: AgentState, *, now: datetime) -> Agent:
    if state is agent.state:
        return agent
    if not is_legal(agent.state, state):
        raise IllegalAgentMove(f"{agent.name}: {agent.state} to {state}")
    return replace(agent, state=state, since=now)
