"""Answer by the deliveries of notifications whether a step reached anybody."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from application.notifications.context import DELIVERIES, NOTIFICATIONS
from domain.notifications.message import Channel
from domain.notifications.notification import Delivery, DeliveryState
from ports.work import Works

# Seen only by who looks: what leads out of the installation decides where there is any.
_INSIDE = frozenset({Channel.IN_APP, Channel.WEBSOCKET})
_DELIVERIES_MAX = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveredNotices:
    """A notice is delivered once a provider took it (port StepMessages).

    Where nothing leads out, because nobody confirmed an address or nobody wishes to be told
    there, what is kept in the app is all there is, and counts.
    """

    works: Works

    async def delivered(self, *, tenant_id: UUID, notice_ids: Sequence[UUID]) -> bool:
        """Tell whether one of the notices was delivered."""
        told = frozenset(notice_ids)
        async with self.works.look(tenant_id) as look:
            known = await look.records(NOTIFICATIONS).count(where={"id": told})
            found = await look.records(DELIVERIES).list(
                limit=_DELIVERIES_MAX, where={"notification_id": told}
            )
        outside = [one for one in found if _leads_out(one)]
        if outside:
            return any(one.state is DeliveryState.SENT for one in outside)
        return known > 0


def _leads_out(one: Delivery) -> bool:
    return one.channel not in _INSIDE and one.state is not DeliveryState.SUPPRESSED
