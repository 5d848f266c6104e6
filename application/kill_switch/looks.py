"""Show what was stopped, how far each venue is, and what stands before a release."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from domain.kill_switch.checklist import QUESTIONS
from domain.kill_switch.latch import Latch, Scope
from domain.kill_switch.venue import LatchVenue
from domain.shared.refusals import Absent
from ports.kill_switch import Latches


class LatchNotFound(Absent):
    """There is no such latch, or it is another tenant's."""

    def __init__(self, latch_id: UUID) -> None:
        super().__init__(f"latch {latch_id} does not exist")
        self.latch_id = latch_id


@dataclass(frozen=True, slots=True, kw_only=True)
class LatchReport:
    """A latch with how far it is at each broker."""

    latch: Latch
    venues: tuple[LatchVenue, ...]

    @property
    def id(self) -> UUID:
        """The latch's id, by which pages go on."""
        return self.latch.id

    @property
    def is_confirmed(self) -> bool:
        """Whether every venue's own reading has shown nothing open."""
        if not self.venues:
            return self.latch.canceled_at is not None
        return all(one.broker_confirmed_at is not None for one in self.venues)

    @property
    def confirmation_ms(self) -> float | None:
        """How long the last venue's confirmation took, None before all have confirmed."""
        if not self.is_confirmed:
            return None
        ends = [one.broker_confirmed_at for one in self.venues] or [self.latch.canceled_at]
        last = max(end for end in ends if end is not None)
        return (last - self.latch.engaged_at).total_seconds() * 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseChecklist:
    """What is stopped in a scope, and what a person answers for before it is released.

    open says what stands against the release by itself, a sentence each.
    """

    latches: tuple[Latch, ...]
    questions: tuple[tuple[str, str], ...]
    open: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class LookAtLatches:
    """Read latches for people."""

    latches: Latches

    async def events(
        self,
        *,
        tenant_id: UUID,
        limit: int,
        after: UUID | None = None,
        among: frozenset[UUID] | None = None,
    ) -> Sequence[LatchReport]:
        """Return what was stopped, newest first; with among, of accounts these only."""
        found = await self.latches.list(tenant_id=tenant_id, limit=limit, after=after, among=among)
        return await self._reports(tenant_id, found)

    async def one(self, *, tenant_id: UUID, latch_id: UUID) -> LatchReport:
        """Return one latch with its venues; raises LatchNotFound."""
        found = await self.latches.find(tenant_id=tenant_id, latch_id=latch_id)
        if found is None:
            raise LatchNotFound(latch_id)
        (report,) = await self._reports(tenant_id, [found])
        return report

    async def checklist(self, *, tenant_id: UUID, scope: Scope) -> ReleaseChecklist:
        """Return what is to be answered before a scope is released."""
        engaged = tuple(
            latch
            for latch in await self.latches.engaged(tenant_id=tenant_id)
            if latch.scope == scope
        )
        return ReleaseChecklist(
            latches=engaged,
            questions=tuple(QUESTIONS.items()),
            open=tuple(
                f"the activation of {latch.engaged_at.isoformat()} is not done"
                for latch in engaged
                if latch.is_unfinished
            ),
        )

    async def _reports(self, tenant_id: UUID, found: Sequence[Latch]) -> list[LatchReport]:
        venues = await self.latches.venues(
            tenant_id=tenant_id, latch_ids=[latch.id for latch in found]
        )
        return [
            LatchReport(
                latch=latch, venues=tuple(one for one in venues if one.latch_id == latch.id)
            )
            for latch in found
        ]
