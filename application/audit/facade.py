"""Answer for the audit trail."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from application.audit.review_entry import ReviewEntry
from application.identity.unknown_user import UserNotFound
from domain.audit.suspicion import Suspicion, suspicions
from ports.audit import AuditFilter, AuditPage, AuditTrail
from ports.identity import Users

# What a user did before the page is what the page is judged by.
JUDGED_MAX = 2_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Activity:
    """What a user did, latest first, and what of it stands out."""

    page: AuditPage
    suspicions: Mapping[UUID, Sequence[Suspicion]]


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditUseCases:
    """Everything that can be asked about the audit trail."""

    trail: AuditTrail
    users: Users
    # Marks an entry as looked at by a person; see there.
    review: ReviewEntry

    async def page(
        self, *, tenant_id: UUID, wanted: AuditFilter, limit: int, before: int | None = None
    ) -> AuditPage:
        """Return the tenant's sealed entries, latest first."""
        return await self.trail.page(tenant_id=tenant_id, wanted=wanted, limit=limit, before=before)

    async def activity(
        self,
        *,
        tenant_id: UUID,
        user_id: UUID,
        limit: int,
        before: int | None = None,
        reviewed: bool | None = None,
    ) -> Activity:
        """Return what a user of the tenant did, judged by what it did before.

        Raises UserNotFound.
        """
        user = await self.users.find(user_id=user_id)
        if user is None or user.tenant_id != tenant_id:
            raise UserNotFound(user_id)
        every = AuditFilter(actor=f"user:{user_id}")
        wanted = replace(every, reviewed=reviewed)
        page = await self.page(tenant_id=tenant_id, wanted=wanted, limit=limit, before=before)
        known = list(page.entries)
        if reviewed is not None:
            # What is left out is judged by all the same.
            everything = await self.page(
                tenant_id=tenant_id, wanted=every, limit=JUDGED_MAX, before=before
            )
            known = list(everything.entries)
        elif page.before is not None:
            older = await self.page(
                tenant_id=tenant_id, wanted=every, limit=JUDGED_MAX, before=page.before
            )
            known += older.entries
        found = suspicions(one.entry for one in reversed(known))
        shown = {one.entry.id for one in page.entries}
        return Activity(
            page=page,
            suspicions={entry: said for entry, said in found.items() if entry in shown},
        )
