"""Take an agent's heartbeat in."""

from dataclasses import dataclass

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
from ports.work import Work

# A heartbeat that changes nothing is stored so seldom.
STORED_EVERY_S = 10.0
# And so often where no other process hears it: they look once a second.
STORED_BY_ITSELF_S = 0.4


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

    async def _store(self, heard: Agent) -> Agent | HeartbeatRefusal:
        async def store(work: Work) -> Agent | HeartbeatRefusal:
            stored = await agent_named(work, heard.name)
            if stored is None:
                if await work.records(AGENTS).count() >= self.agents_max:
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

        return await self.changes.run(store, tenant_id=heard.tenant_id)

    async def _tell(self, work: Work, agent: Agent, what: str) -> None:
        at, ids = self.changes.clock.now(), self.changes.ids
        await work.tell(notice_of(agent, type=f"agent.{what}", at=at, ids=ids))
