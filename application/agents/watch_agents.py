"""Notice agents that fall silent."""

from collections.abc import Callable
from dataclasses import dataclass, field
from uuid import UUID

from application.agents.list_agents import agent_named
from application.agents.presences import Presence, Presences
from application.agents.tell import notice_of
from application.shared.change import Changes
from domain.agents.agent import Agent, after_silence, caught_up
from ports.agents import AGENT_STATUS, AGENTS
from ports.storage import StorageCorrupt, StorageUnavailable
from ports.time import Sleeper
from ports.transactions import Conflict
from ports.work import Work

EVERY_S = 0.25
_REFRESH_S = 1.0
_PAGE = 1_000


@dataclass(slots=True, kw_only=True)
class WatchAgents:
    """Looks at every agent a few times a second, and at what others stored once a second.

    by_storage: nothing else than what is stored says whether an agent speaks, as without Kafka;
    while it cannot be read, nobody's silence counts. An agent whose record cannot be read is not
    watched, and told once to on_unreadable: it keeps no other from being missed.
    """

    changes: Changes
    presences: Presences
    sleeper: Sleeper
    by_storage: bool = False
    on_unreadable: Callable[[str, str], None] = lambda *_: None
    _refreshed_s: float | None = field(default=None, init=False)
    # What was told of already.
    _unreadable: set[str] = field(default_factory=set, init=False)

    async def run(self) -> None:
        """Look until the task is cancelled."""
        while True:
            try:
                await self.look()
            except StorageUnavailable:
                # What could not be stored is concluded again at the next look.
                if self.by_storage:
                    self.presences.deaf()
            await self.sleeper.sleep(EVERY_S)

    async def look(self) -> None:
        """Look once; raises StorageUnavailable."""
        now_s = self.changes.clock.monotonic()
        if self._refreshed_s is None or now_s >= self._refreshed_s + _REFRESH_S:
            await self._refresh(now_s)
        for key, presence in list(self.presences.by_key.items()):
            try:
                await self._judge(presence)
            except StorageCorrupt as wrong:
                del self.presences.by_key[key]
                self._tell(presence.agent.id, str(wrong))

    async def _refresh(self, now_s: float) -> None:
        after: UUID | None = None
        while True:
            seen: list[UUID] = []

            def dropped(id: UUID, problem: str, seen: list[UUID] = seen) -> None:
                seen.append(id)
                self._tell(id, problem)

            page = await self.changes.works.everywhere(
                AGENTS, limit=_PAGE, after=after, unreadable=dropped
            )
            for stored in page:
                self.presences.know(stored, now_s=now_s)
            seen += [stored.id for stored in page]
            if len(seen) < _PAGE:
                break
            after = max(seen)
        self._refreshed_s = now_s
        if self.by_storage:
            self.presences.hears(now_s=now_s)

    def _tell(self, id: UUID, problem: str) -> None:
        if problem not in self._unreadable:
            self._unreadable.add(problem)
            self.on_unreadable(str(id), problem)

    async def _judge(self, presence: Presence) -> None:
        silent_s = self.presences.silent_s(presence)
        if silent_s is None:
            return
        clock, before = self.changes.clock, presence.agent
        now, now_s = clock.now(), clock.monotonic()
        after = after_silence(before, silent_s=silent_s, now=now)
        if after is before:
            return

        async def conclude(work: Work) -> tuple[Agent | None, bool]:
            stored = await agent_named(work, before.name)
            if stored is None:
                return None, False
            # Another process heard or concluded something first, and has told.
            if stored.state is not before.state or stored.last_at > before.last_at:
                return stored, False
            concluded = caught_up(stored, after)
            if not await work.records(AGENT_STATUS).update(concluded):
                raise Conflict(f"agent {before.name} changed meanwhile")
            kind = f"agent.became_{after.state.value}"
            await work.tell(notice_of(concluded, type=kind, at=now, ids=self.changes.ids))
            return concluded, True

        stored, is_ours = await self.changes.run(conclude, tenant_id=before.tenant_id)
        if not is_ours and stored is not None:
            self.presences.know(stored, now_s=now_s)
        # Heard meanwhile: that has stored its own state, or will.
        elif is_ours and presence.agent is before:
            presence.agent = after
