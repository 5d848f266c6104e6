"""Record that somebody asked for what they may not do: what matters, and not without end."""

from collections import OrderedDict
from dataclasses import dataclass, field
from uuid import UUID

from application.identity.access_commands import AreaTrail, By
from domain.identity.access import OF_ONESELF, READS, Permission
from ports.access import Refusals

# Whoever asks again and again is written down once in this time.
EVERY_S = 60.0
KEPT_MAX = 10_000


@dataclass(slots=True, kw_only=True)
class RecordRefusal:
    """Write refusals of what would have changed something to the audit trail."""

    refusals: Refusals
    audited: AreaTrail
    _told: OrderedDict[tuple[UUID, Permission], float] = field(default_factory=OrderedDict)

    async def __call__(
        self, *, by: By, permission: Permission, account_id: UUID | None, place: str
    ) -> bool:
        """Tell whether it was recorded; raises storage errors."""
        if permission in READS or permission in OF_ONESELF:
            return False
        key = (by.principal.user_id, permission)
        now = self.audited.clock.monotonic()
        told_at = self._told.get(key)
        if told_at is not None and now - told_at < EVERY_S:
            return False
        self._told[key] = now
        self._told.move_to_end(key)
        while len(self._told) > KEPT_MAX:
            self._told.popitem(last=False)
        await self.refusals.add(
            self.audited.entry(
                by,
                action="access.refused",
                subject=permission,
                account_id=account_id,
                detail=(
                    ("place", place),
                    ("role", str(by.principal.access.role or "")),
                    ("by_token", str(by.principal.access.by_token).lower()),
                ),
            )
        )
        return True
