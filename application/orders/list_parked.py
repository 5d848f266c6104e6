"""List the orders that a person must settle, each with what the broker says of it now."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from application.orders.look_at_venue import Look, VenueAnswer
from domain.orders.order import Order
from domain.orders.states import OrderState
from ports.orders import OrderArchive, OrderFilter


@dataclass(frozen=True, slots=True, kw_only=True)
class Parked:
    """One parked order beside the broker's own answer."""

    order: Order
    answer: VenueAnswer

    @property
    def id(self) -> UUID:
        """The order's id."""
        return self.order.id


@dataclass(frozen=True, slots=True, kw_only=True)
class ListParked:
    """Find what is parked and ask the broker for each; nothing is changed."""

    archive: OrderArchive
    look: Look

    async def __call__(self, *, tenant_id: UUID, filter: OrderFilter) -> Sequence[Parked]:
        """Return the tenant's parked orders, newest first."""
        wanted = replace(filter, states=frozenset({OrderState.PARKED}))
        found = await self.archive.list(tenant_id=tenant_id, filter=wanted)
        answers = await self.look(found)
        return [Parked(order=order, answer=answers[order.id]) for order in found]
