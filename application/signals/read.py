"""Read signals: one, or page by page, newest first."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from domain.shared.refusals import Absent
from domain.signals.signal import PublishedSignal, SignalFilter, own_id
from ports.signals import SIGNALS, SignalArchive
from ports.time import Clock
from ports.work import Works


class SignalNotFound(Absent):
    """The tenant has no such signal, or none any more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadSignals:
    """What a tenant may ask of its signals."""

    works: Works
    archive: SignalArchive
    clock: Clock

    def now(self) -> datetime:
        """Return the time by which signals expire."""
        return self.clock.now()

    async def page(
        self, wanted: SignalFilter, *, tenant_id: UUID, limit: int, after: UUID | None = None
    ) -> Sequence[PublishedSignal]:
        """Return signals that fit, newest first, behind `after`."""
        return await self.archive.page(wanted, tenant_id=tenant_id, limit=limit, after=after)

    async def get(self, shown_id: str, *, tenant_id: UUID) -> PublishedSignal:
        """Return the signal of an id, its sender's or ours; raises SignalNotFound."""
        ids = [own_id(tenant_id, shown_id)]
        with suppress(ValueError):
            ids.append(UUID(shown_id))
        async with self.works.look(tenant_id) as look:
            for one in ids:
                found = await look.records(SIGNALS).get(one)
                # What its sender named is known by that name alone.
                if found is not None and (not found.name or found.name == shown_id):
                    return found
        raise SignalNotFound(f"no signal {shown_id}")
