"""Keep a change that waits, for tests of the routes that decide on one."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from application.approvals.deps import PENDING_CHANGES
from domain.approvals.change import PendingChange
from ports.work import Works
from tests.builders import new_id


async def add_pending_change(
    works: Works, *, tenant_id: UUID, account_id: UUID | None = None
) -> UUID:
    """Return the id of a change that somebody else proposed of what is gone by now."""
    change = PendingChange(
        id=new_id(),
        tenant_id=tenant_id,
        kind="risk_rules",
        subject=new_id(),
        subject_version=1,
        account_id=account_id,
        proposer="producer:desk",
        user_id=None,
        reason="earnings week",
        payload="[]",
        proposed_at=datetime.now(UTC),
        # Whatever the clock of the test shows, it is not void.
        expires_at=datetime.now(UTC) + timedelta(days=36_500),
    )
    async with works.begin(tenant_id) as work:
        await work.records(PENDING_CHANGES).add(change)
    return change.id
