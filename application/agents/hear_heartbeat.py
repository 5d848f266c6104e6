"""Take an agent's heartbeat in."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from application.agents.list_agents import agent_named
from application.agents.presences import Presence, Presences
from application.agents.tell import notice_of
from application.shared.change import Changes
from domain.agents.agent import (
    Agent,
    AgentState,
    Heartbeat,
    HeartbeatRefusal,
    awaited,
    caught_up,
    hear,
)
from ports.agents import AGENT_STATUS, AGENTS
from ports.leases import Lease
from ports.transactions import Conflict
from ports.work import Look, Work

# A heartbeat that changes nothing is stored so seldom.
STORED_EVERY_S = 10.0
# And so often where no other process hears it: they look once a second.
STORED_BY_ITSELF_S = 0.4
_PAGE = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class HearHeartbeat:
    """Hears every agent; a change of its state is stored and told, by one process only.

    That it goes on speaking is stored by whoever holds the lease.
    """

    changes: Changes
    presences: Presences
    lease: Lease
    # Of one tenant: names that are made up for each run would grow without end.
    agents_max: int

    async def __call__(
        self, heartbeat: Heartbeat, *, by_itself: bool = False
    ) -> Agent | HeartbeatRefusal:
        """Return the agent as it is now; raises StorageUnavailable.

        That it was heard counts at once, also where it cannot be stored. by_itself: it came to
        this process alone, so that the others know only what is stored.
        """
        key = (heartbeat.tenant_id, heartbeat.agent_id)
        clock = self.changes.clock
        now, now_s = clock.now(), clock.monotonic()
        presence = self.presences.by_key.get(key)
        if presence is None:
            async with self.changes.works.look(heartbeat.tenant_id) as look:
                stored = await agent_named(look, heartbeat.agent_id)
                if stored is None and await look.records(AGENTS).count() >= self.agents_max:
                    return self._full()
            if stored is not None:
                presence = self.presences.know(stored, now_s=now_s)
        known = presence.agent if presence is not None else self._new(heartbeat)
        heard = hear(known, heartbeat, now=now)
        if isinstance(heard, HeartbeatRefusal):
            return heard
        if presence is not None:
            presence.heard_s = now_s
            every_s = STORED_BY_ITSELF_S if by_itself else STORED_EVERY_S
            due = now_s >= presence.stored_s + every_s and (by_itself or self.lease.is_held())
            if heard.state is known.state and not due:
                presence.agent = heard
                return heard
        kept = await self._store(heard)
        if isinstance(kept, Agent):
            self.presences.by_key[key] = Presence(agent=kept, heard_s=now_s, stored_s=now_s)
        return kept

    def _new(self, heartbeat: Heartbeat) -> Agent:
        return awaited(
            id=self.changes.ids.new(),
            tenant_id=heartbeat.tenant_id,
            name=heartbeat.agent_id,
            account_id=heartbeat.account_id,
            now=self.changes.clock.now(),
        )

    def _full(self) -> HeartbeatRefusal:
        return HeartbeatRefusal(problem=f"the tenant has {self.agents_max} agents already")

    async def together(self, heartbeats: Sequence[Heartbeat]) -> Sequence[Agent | HeartbeatRefusal]:
        """Hear agents of one tenant that came to this process alone, in one change.

        Raises StorageUnavailable, Conflict.
        """
        if not heartbeats:
            return []
        tenant_id, now_s = heartbeats[0].tenant_id, self.changes.clock.monotonic()
        await self._know({one.agent_id for one in heartbeats}, tenant_id=tenant_id, now_s=now_s)
        said: list[Agent | HeartbeatRefusal] = []
        due: dict[int, Agent] = {}
        for place, one in enumerate(heartbeats):
            heard, is_due = self._heard(one, now_s=now_s)
            said.append(heard)
            if is_due and isinstance(heard, Agent):
                due[place] = heard

        async def store(work: Work) -> list[Agent | HeartbeatRefusal]:
            known = await _all(work)
            kept = []
            for heard in due.values():
                one = await self._put(work, known.get(heard.name), heard, count=len(known))
                if isinstance(one, Agent):
                    known[one.name] = one
                kept.append(one)
            return kept

        stored = await self.changes.run(store, tenant_id=tenant_id) if due else []
        for place, kept in zip(due, stored, strict=True):
            said[place] = kept
            if isinstance(kept, Agent):
                key = (tenant_id, kept.name)
                self.presences.by_key[key] = Presence(agent=kept, heard_s=now_s, stored_s=now_s)
        return said

    async def _know(self, names: set[str], *, tenant_id: UUID, now_s: float) -> None:
        """Take in how a tenant's agents are stored, where one of these was not heard before."""
        if all((tenant_id, name) in self.presences.by_key for name in names):
            return
        async with self.changes.works.look(tenant_id) as look:
            for name, stored in (await _all(look)).items():
                if name in names:
                    self.presences.know(stored, now_s=now_s)

    def _heard(self, said: Heartbeat, *, now_s: float) -> tuple[Agent | HeartbeatRefusal, bool]:
        """Return the agent after what it said, and whether that is to be stored."""
        presence = self.presences.by_key.get((said.tenant_id, said.agent_id))
        known = presence.agent if presence is not None else self._new(said)
        heard = hear(known, said, now=self.changes.clock.now())
        if presence is None or isinstance(heard, HeartbeatRefusal):
            return heard, presence is None
        presence.heard_s = now_s
        if heard.state is known.state and now_s < presence.stored_s + STORED_BY_ITSELF_S:
            presence.agent = heard
            return heard, False
        return heard, True

    async def _store(self, heard: Agent) -> Agent | HeartbeatRefusal:
        async def store(work: Work) -> Agent | HeartbeatRefusal:
            stored = await agent_named(work, heard.name)
            count = 0 if stored is not None else await work.records(AGENTS).count()
            return await self._put(work, stored, heard, count=count)

        return await self.changes.run(store, tenant_id=heard.tenant_id)

    async def _put(
        self, work: Work, stored: Agent | None, heard: Agent, *, count: int
    ) -> Agent | HeartbeatRefusal:
        """Store what was heard; count is how many agents there are."""
        if stored is None:
            if count >= self.agents_max:
                return self._full()
            await work.records(AGENTS).add(heard)
            await self._tell(work, heard, "appeared")
            return heard
        if stored.state is heard.state and stored.last_at >= heard.last_at:
            # Another process heard the same first.
            return stored
        if stored.state is AgentState.ENDED and heard.last_at <= stored.since:
            # It spoke once more before it heard of its end.
            return stored
        after = caught_up(stored, heard)
        if not await work.records(AGENT_STATUS).update(after):
            raise Conflict(f"agent {after.name} changed meanwhile")
        if after.state is not stored.state:
            await self._tell(work, after, f"became_{after.state.value}")
        return after

    async def _tell(self, work: Work, agent: Agent, what: str) -> None:
        at, ids = self.changes.clock.now(), self.changes.ids
        await work.tell(notice_of(agent, type=f"agent.{what}", at=at, ids=ids))


async def _all(look: Look) -> dict[str, Agent]:
    """Return the tenant's agents by name."""
    found: dict[str, Agent] = {}
    after: UUID | None = None
    while True:
        page = await look.records(AGENTS).list(limit=_PAGE, after=after)
        found |= {one.name: one for one in page}
        if len(page) < _PAGE:
            return found
        after = page[-1].id
