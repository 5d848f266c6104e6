"""Read changes that wait, and those that were decided."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from application.approvals.deps import PENDING_CHANGES, ChangeNotFound
from domain.approvals.change import ChangeState, PendingChange
from ports.time import Clock
from ports.work import Works


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadChanges:
    """Return changes as they stand now."""

    works: Works
    clock: Clock

    async def get(self, *, tenant_id: UUID, change_id: UUID) -> PendingChange:
        """Return a change; raises ChangeNotFound."""
        async with self.works.look(tenant_id) as look:
            change = await look.records(PENDING_CHANGES).get(change_id)
        if change is None:
            raise ChangeNotFound(change_id)
        return change

    async def list(
        self,
        *,
        tenant_id: UUID,
        limit: int,
        after: UUID | None = None,
        state: ChangeState | None = None,
        among: frozenset[UUID] | None = None,
    ) -> Sequence[PendingChange]:
        """Return changes in the order they were proposed; with among, none of other accounts."""
        where: dict[str, object] = {}
        if state is not None:
            where["state"] = state
        if among is not None:
            where["account_id"] = frozenset({None, *among})
        async with self.works.look(tenant_id) as look:
            return await look.records(PENDING_CHANGES).list(limit=limit, after=after, where=where)
