"""Take an agent's heartbeat in."""

from dataclasses import dataclass

from application.agents.presences import Presence, Presences
from application.agents.tell import notice_of
from application.shared.change import ATTEMPTS_MAX
from domain.agents.agent import Agent, Heartbeat, Unheard, hear
from ports.agents import AgentRegistry
from ports.ids import Ids
from ports.leases import Lease
from ports.time import Clock

# Of one tenant: names that are made up for each run would grow without end.
AGENTS_MAX = 1_000
# A heartbeat that changes nothing is stored so seldom.
STORED_EVERY_S = 10.0
# And so often where no other process hears it: they look once a second.
STORED_BY_ITSELF_S = 0.4


@dataclass(frozen=True, slots=True, kw_only=True)
class HearHeartbeat:
    """Hears every agent; a change of its state is stored and told, by one process only.

    That it goes on speaking is stored by whoever holds the lease.
    """

    registry: AgentRegistry
    presences: Presences
    clock: Clock
    ids: Ids
    lease: Lease

    async def __call__(self, heartbeat: Heartbeat, *, by_itself: bool = False) -> Agent | Unheard:
        """Return the agent as it is now; raises StorageUnavailable.

        That it was heard counts at once, also where it cannot be stored. by_itself: it came to
        this process alone, so that the others know only what is stored.
        """
        key = (heartbeat.tenant_id, heartbeat.agent_id)
        now, now_s = self.clock.now(), self.clock.monotonic()
        presence = self.presences.by_key.get(key)
        if presence is None:
            stored = await self.registry.get(tenant_id=key[0], agent_id=key[1])
            if stored is not None:
                self.presences.know(stored, now_s=now_s)
                presence = self.presences.by_key[key]
        known = None if presence is None else presence.agent
        heard = hear(known, heartbeat, now=now)
        if isinstance(heard, Unheard):
            return heard
        if presence is None or known is None:
            if self.presences.count(tenant_id=heartbeat.tenant_id) >= AGENTS_MAX:
                return Unheard(problem=f"the tenant has {AGENTS_MAX} agents already")
            return await self._store(heard, before=None, now_s=now_s)
        presence.heard_s = now_s
        every_s = STORED_BY_ITSELF_S if by_itself else STORED_EVERY_S
        due = now_s >= presence.stored_s + every_s and (by_itself or self.lease.is_held())
        if heard.state is known.state and not due:
            presence.agent = heard
            return heard
        return await self._store(heard, before=known, now_s=now_s)

    async def _store(self, heard: Agent, *, before: Agent | None, now_s: float) -> Agent:
        attempts = 0
        while True:
            changes = before is None or before.state is not heard.state
            notice = None
            if changes:
                named = f"agent.{'appeared' if before is None else 'became_' + heard.state.value}"
                notice = notice_of(heard, type=named, at=self.clock.now(), ids=self.ids)
            attempts += 1
            state = None if before is None else before.state
            if await self.registry.store(heard, before=state, notice=notice):
                break
            # Another process heard or concluded something first.
            before = await self.registry.get(tenant_id=heard.tenant_id, agent_id=heard.id)
            if attempts == ATTEMPTS_MAX or (before and before.state is heard.state):
                break
        self.presences.by_key[(heard.tenant_id, heard.id)] = Presence(
            agent=heard, heard_s=now_s, stored_s=now_s
        )
        return heard
