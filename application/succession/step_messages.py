"""Answer by the deliveries of notifications whether a step's message reached the owners."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from application.notifications.context import DELIVERIES, NOTIFICATIONS
from domain.notifications.message import Channel
from domain.notifications.notification import DeliveryState
from ports.work import Works

# Seen only by who looks, and an owner who is away or ill does not.
_INSIDE = frozenset({Channel.IN_APP, Channel.WEBSOCKET})
_DELIVERIES_MAX = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveredNotices:
    """A notice has reached its owner once a provider took it (port StepMessages)."""

    works: Works

    async def reached(
        self, *, tenant_id: UUID, notice_ids: Sequence[UUID], owners: frozenset[UUID]
    ) -> bool:
        """Tell whether each of the owners whom these notices are for got theirs."""
        asked = frozenset(notice_ids)
        async with self.works.look(tenant_id) as look:
            known = await look.records(NOTIFICATIONS).list(
                limit=max(len(asked), 1), where={"id": asked}
            )
            sent = await look.records(DELIVERIES).list(
                limit=_DELIVERIES_MAX,
                where={"notification_id": asked, "state": DeliveryState.SENT},
            )
        if len(known) < len(asked):
            # The relay has not brought it yet: whom it is for is not known.
            return False
        theirs = {one.id for one in known if one.user_id in owners}
        outside = {one.notification_id for one in sent if one.channel not in _INSIDE}
        return bool(theirs) and theirs <= outside
