"""Remember when each agent was heard, and since when we have been listening at all."""

from dataclasses import dataclass, field, replace
from uuid import UUID

from domain.agents.agent import Agent

Key = tuple[UUID, str]


@dataclass(slots=True)
class Presence:
    """An agent as this process knows it; heard_s is on the monotonic clock."""

    agent: Agent
    heard_s: float
    # When what was heard was last stored without a change of state.
    stored_s: float


@dataclass(slots=True)
class Presences:
    """Every agent of this process. While we are deaf, nobody's silence counts."""

    by_key: dict[Key, Presence] = field(default_factory=dict)
    # We listened without a gap from since to until; None while we are deaf.
    _since_s: float | None = None
    _until_s: float = 0.0

    @property
    def hearing(self) -> bool:
        """Tell whether heartbeats reach us."""
        return self._since_s is not None

    def hears(self, *, now_s: float) -> None:
        """Note that all heartbeats up to now have reached us."""
        if self._since_s is None:
            self._since_s = now_s
        self._until_s = now_s

    def deaf(self) -> None:
        """Note that heartbeats do not reach us."""
        self._since_s = None

    def silent_s(self, presence: Presence) -> float | None:
        """Return for how long an agent was silent while we listened, None while we do not.

        It ends with the last moment of which we know that we listened: that we have fallen
        deaf since, and not noticed it yet, makes nobody late.
        """
        if self._since_s is None:
            return None
        return max(0.0, self._until_s - max(presence.heard_s, self._since_s))

    def know(self, stored: Agent, *, now_s: float) -> Presence:
        """Take in how an agent is stored, and return it: others hear and ask, too."""
        key = (stored.tenant_id, stored.name)
        presence = self.by_key.get(key)
        if presence is None:
            presence = self.by_key[key] = Presence(agent=stored, heard_s=now_s, stored_s=now_s)
            return presence
        if stored.last_at > presence.agent.last_at:
            presence.agent, presence.heard_s = stored, now_s
            return presence
        presence.agent = replace(
            presence.agent,
            state=stored.state,
            since=stored.since,
            desired=stored.desired,
            desired_by=stored.desired_by,
            desired_at=stored.desired_at,
            member_id=stored.member_id,
        )
        return presence

    def latest(self, stored: Agent) -> Agent:
        """Return a stored agent with what this process heard of it since."""
        presence = self.by_key.get((stored.tenant_id, stored.name))
        if presence is None or presence.agent.last_at <= stored.last_at:
            return stored
        heard = presence.agent
        return replace(
            stored,
            last_at=heard.last_at,
            last_sequence=heard.last_sequence,
            heard_at=heard.heard_at,
        )
