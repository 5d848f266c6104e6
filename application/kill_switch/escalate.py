"""Tell owners, each minute anew, that a venue does not do what a stop asks of it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID

from application.identity.notify import notice_of
from application.shared.change import again
from domain.audit.entry import NOBODY
from domain.identity.notice import NOTICES_KEPT, Priority, UserNotice
from domain.kill_switch.latch import Latch
from ports.access import Members
from ports.accounts import AccountDirectory
from ports.identity_scope import IdentityScope
from ports.ids import Ids
from ports.time import Clock
from ports.transactions import Transactions

VENUE_UNREACHABLE = "kill_venue_unreachable"
# What passes by itself sooner is nobody's alarm.
UNREACHABLE_S = 5.0
EVERY = timedelta(minutes=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class EscalateVenue:
    """Keep telling of a venue that a stop cannot reach, or that keeps what is taken back.

    It ends when somebody acknowledges it.

    What was told, and whether it was acknowledged, is read from the notices themselves: a
    process that takes over goes on where the one before stood.
    """

    transactions: Transactions[IdentityScope]
    members: Members
    directory: AccountDirectory
    clock: Clock
    ids: Ids
    # Since when each venue of a latch fails.
    _since_s: dict[tuple[UUID, str], float] = field(default_factory=dict, init=False)

    async def __call__(self, latch: Latch, broker: str, problem: Exception | None) -> None:
        """Take note of a look at a venue; what kept it from being worked at is told."""
        key, now_s = (latch.id, broker), self.clock.monotonic()
        if problem is None:
            self._since_s.pop(key, None)
            return
        if now_s - self._since_s.setdefault(key, now_s) < UNREACHABLE_S:
            return
        for tenant_id in await self._tenants(latch, broker=broker):
            await self._tell(tenant_id, latch=latch, broker=broker, problem=str(problem))

    async def _tenants(self, latch: Latch, *, broker: str) -> Sequence[UUID]:
        if latch.scope.tenant_id != NOBODY:
            return [latch.scope.tenant_id]
        accounts = await self.directory.at_broker(broker=broker)
        return sorted({account.tenant_id for account in accounts})

    async def _tell(self, tenant_id: UUID, *, latch: Latch, broker: str, problem: str) -> None:
        """Tell the tenant's owners, unless one has acknowledged it or was told a moment ago."""
        owners = [one.id for one in await self.members.list(tenant_id=tenant_id) if one.rules]
        detail = (("latch_id", str(latch.id)), ("broker", broker))

        async def attempt() -> None:
            async with self.transactions.begin() as scope:
                told = [
                    notice
                    for owner in owners
                    for notice in await scope.notices.of(owner, limit=NOTICES_KEPT)
                    if notice.kind == VENUE_UNREACHABLE and notice.detail[: len(detail)] == detail
                ]
                if not self._is_due(told):
                    return
                for owner in owners:
                    notice, entry = notice_of(
                        tenant_id=tenant_id,
                        user_id=owner,
                        kind=VENUE_UNREACHABLE,
                        detail=(*detail, ("problem", problem[:500])),
                        priority=Priority.URGENT,
                        ids=self.ids,
                        at=self.clock.now(),
                        trace_id="",
                    )
                    await scope.notices.add(notice)
                    await scope.audit.add(entry)

        await again(attempt)

    def _is_due(self, told: Sequence[UserNotice]) -> bool:
        if any(notice.acknowledged_at is not None for notice in told):
            return False
        return all(notice.at + EVERY <= self.clock.now() for notice in told)
