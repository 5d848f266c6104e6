"""Notice agents that fall silent."""

from application.agents.presences import Presence, Presences
from application.agents.tell import notice_of
from domain.agents.agent import after_silence
from ports.agents import AgentRegistry
from ports.ids import Ids
from ports.storage import StorageUnavailable
from ports.time import Clock, Sleeper

EVERY_S = 0.25
_REFRESH_S = 1.0


class WatchAgents:
    """Looks at every agent a few times a second, and at what others stored once a second.

    by_storage: nothing else than what is stored says whether an agent speaks, as without Kafka;
    while it cannot be read, nobody's silence counts.
    """

    def __init__(
        self,
        *,
        registry: AgentRegistry,
        presences: Presences,
        clock: Clock,
        sleeper: Sleeper,
        ids: Ids,
        by_storage: bool = False,
    ) -> None:
        self._registry = registry
        self._presences = presences
        self._clock = clock
        self._sleeper = sleeper
        self._ids = ids
        self._by_storage = by_storage
        self._refreshed_s: float | None = None

    async def run(self) -> None:
        """Look until the task is cancelled."""
        while True:
            try:
                await self.look()
            except StorageUnavailable:
                # What could not be stored is concluded again at the next look.
                if self._by_storage:
                    self._presences.deaf()
            await self._sleeper.sleep(EVERY_S)

    async def look(self) -> None:
        """Look once; raises StorageUnavailable."""
        now_s = self._clock.monotonic()
        if self._refreshed_s is None or now_s >= self._refreshed_s + _REFRESH_S:
            for stored in await self._registry.all():
                self._presences.know(stored, now_s=now_s)
            self._refreshed_s = now_s
            if self._by_storage:
                self._presences.hears(now_s=now_s)
        for presence in list(self._presences.by_key.values()):
            await self._judge(presence)

    async def _judge(self, presence: Presence) -> None:
        now, now_s = self._clock.now(), self._clock.monotonic()
        silent_s = self._presences.silent_s(presence)
        if silent_s is None:
            return
        before = presence.agent
        after = after_silence(before, silent_s=silent_s, now=now)
        if after is before:
            return
        notice = notice_of(after, type=f"agent.became_{after.state.value}", at=now, ids=self._ids)
        if await self._registry.store(after, before=before.state, notice=notice):
            # Heard meanwhile: that has stored its own state, or will.
            if presence.agent is before:
                presence.agent = after
            return
        stored = await self._registry.get(tenant_id=after.tenant_id, agent_id=after.id)
        if stored is not None:
            self._presences.know(stored, now_s=now_s)
