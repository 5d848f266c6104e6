"""Show agents on the wire."""

from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import Meta

from adapters.http.wire import Text, id_of, moment, time_of
from domain.agents.agent import SEQUENCE_MAX, Agent, ReportedState

Word = Annotated[str, Meta(min_length=1, max_length=64, pattern=r"^[\x21-\x7e]*$")]


class RegisterBody(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """An agent, the machine that it comes in as, and the account that it trades on."""

    agent_id: Text
    member_id: UUID
    account_id: UUID | None = None


class BeatBody(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """What an agent says of itself; sequence is its own count."""

    kind: Word = "agent"
    version: Word = "-"
    state: ReportedState = ReportedState.RUNNING
    sequence: Annotated[int, Meta(ge=0, le=SEQUENCE_MAX)] = 0


class AgentView(msgspec.Struct):
    """An agent: how it is, and what is wanted of it; last_at is its own clock's time.

    member_id is the machine that it comes in as. One that is awaited was never heard.
    """

    id: str
    member_id: str | None
    account_id: str | None
    kind: str
    version: str
    state: str
    since: str
    desired: str
    desired_by: str
    desired_at: str | None
    heard_at: str
    last_at: str
    last_sequence: int


class AgentPage(msgspec.Struct):
    """Agents by id. hearing: whether heartbeats reach this server; if not, states are old.

    configured: whether they may come over Kafka, too. hint says why some are not heard.
    """

    items: list[AgentView]
    next_cursor: str | None
    configured: bool
    hearing: bool
    hint: str | None


def agent_view(agent: Agent) -> AgentView:
    """Show an agent."""
    return AgentView(
        id=agent.name,
        member_id=id_of(agent.member_id),
        account_id=id_of(agent.account_id),
        kind=agent.kind,
        version=agent.release,
        state=agent.state.value,
        since=moment(agent.since),
        desired=agent.desired.value,
        desired_by=agent.desired_by,
        desired_at=time_of(agent.desired_at),
        heard_at=moment(agent.heard_at),
        last_at=moment(agent.last_at),
        last_sequence=agent.last_sequence,
    )
