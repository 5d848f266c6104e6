"""What the gate asks other areas about an order that opens; nobody waits for the answer."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Protocol
from uuid import UUID

from domain.orders.order import Order
from domain.orders.terms import OrderTerms
from domain.risk.objections import Objection


class ObjectionSource(Protocol):
    """One area that may object to orders; an order that only reduces is never held back by it.

    A source that was never up to date for a tenant, or was longer ago than holds_for, is silent:
    then nothing opens. It is asked on the order's way: it reads what it has in memory and does
    no I/O.
    """

    @property
    def name(self) -> str:
        """The area's name, as it stands in reasons and records."""
        ...

    @property
    def holds_for(self) -> timedelta:
        """How long its word holds after it was up to date."""
        ...

    def up_to_date_at(self, *, tenant_id: UUID) -> datetime | None:
        """Return when it last knew all there is for the tenant, by business time; None is never."""
        ...

    def against(self, order: Order, *, terms: OrderTerms, at: datetime) -> Sequence[Objection]:
        """Return what it has against the order with these terms, nothing where it has none."""
        ...
