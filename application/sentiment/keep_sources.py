"""Keep how sources of texts are, so that every process can tell of those that one looks at."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from application.shared.change import Changes
from domain.sentiment.sources import SourceState, new_source, source_id
from ports.work import Kind, Work

SOURCES = Kind("news_sources", SourceState, find_by=("name",))
SOURCES_MAX = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class KeepSources:
    """What is kept and told of the sources of tenants.

    It is no change that anybody asked for: no entry of the trail tells of a look.
    """

    changes: Changes

    async def configured(self, names: Sequence[str], *, tenant_id: UUID, every_s: float) -> None:
        """Keep these sources from now on and no others; those that are known stay as they are."""

        async def change(work: Work) -> None:
            records = work.records(SOURCES)
            there = {one.name: one for one in await records.list(limit=SOURCES_MAX)}
            for name, one in there.items():
                if name not in names:
                    await records.remove(one.id, version=one.version)
            for name in names:
                if name not in there:
                    await records.add(self._new(name, tenant_id=tenant_id, every_s=every_s))

        await self.changes.run(change, tenant_id=tenant_id)

    async def answered(self, name: str, *, items: int, tenant_id: UUID, every_s: float) -> None:
        """Keep that a source was read whole, and how many items were kept of it."""
        at, every = self.changes.clock.now(), timedelta(seconds=every_s)
        await self._changed(
            name,
            lambda one: one.answered(items=items, at=at, every=every),
            tenant_id=tenant_id,
            every_s=every_s,
        )

    async def failed(
        self, name: str, error: str, *, wait_s: float, tenant_id: UUID, every_s: float
    ) -> None:
        """Keep what was wrong with a source, and that it is left alone for so long."""
        at = self.changes.clock.now()
        await self._changed(
            name,
            lambda one: one.failed(error, at=at, next_at=at + timedelta(seconds=wait_s)),
            tenant_id=tenant_id,
            every_s=every_s,
        )

    async def list(self, *, tenant_id: UUID) -> Sequence[tuple[SourceState, bool]]:
        """Return a tenant's sources by name, and of each whether it is silent."""
        async with self.changes.works.look(tenant_id) as look:
            found = await look.records(SOURCES).list(limit=SOURCES_MAX)
        now = self.changes.clock.now()
        return [(one, one.is_silent(now)) for one in sorted(found, key=lambda one: one.name)]

    async def _changed(
        self,
        name: str,
        changed: Callable[[SourceState], SourceState],
        *,
        tenant_id: UUID,
        every_s: float,
    ) -> None:
        async def change(work: Work) -> None:
            records = work.records(SOURCES)
            known = await records.get(source_id(tenant_id, name))
            if known is None:
                known = self._new(name, tenant_id=tenant_id, every_s=every_s)
                await records.add(known)
            await records.update(changed(known))

        await self.changes.run(change, tenant_id=tenant_id)

    def _new(self, name: str, *, tenant_id: UUID, every_s: float) -> SourceState:
        at = self.changes.clock.now()
        return new_source(tenant_id, name, at=at, every=timedelta(seconds=every_s))
