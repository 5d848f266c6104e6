"""Stand where a process has no broker: another one speaks to it."""

from collections.abc import AsyncIterator, Callable, Sequence
from decimal import Decimal
from typing import NoReturn

from domain.orders.terms import OrderTerms
from ports.broker import (
    Acknowledged,
    BrokerTraits,
    BrokerUnavailable,
    Dedup,
    Refused,
    Report,
    VenueOrder,
    VenuePosition,
    free_to_leave,
)


class AbsentBroker:
    """A Broker that does nothing: every call raises BrokerUnavailable, nothing was sent."""

    def __init__(self, *, name: str, open_orders_max: int | None = None) -> None:
        self._name = name
        self._open_orders_max = open_orders_max

    @property
    def traits(self) -> BrokerTraits:
        """What may be relied on: nothing but what the venue is known to refuse."""
        return BrokerTraits(
            name=self._name,
            dedup=Dedup.NONE,
            settle_horizon_s=600.0,
            native_reduce_only=False,
            open_orders_max=self._open_orders_max,
        )

    async def start(self) -> None:
        """Have nothing to open."""

    async def stop(self) -> None:
        """Have nothing to close."""

    async def submit(
        self,
        *,
        account_id: str,
        client_order_id: str,
        terms: OrderTerms,
        protective_limit: Decimal | None = None,
        written: Callable[[], None],
        leaving: Callable[[], None] = free_to_leave,
        urgent: bool = False,
    ) -> Acknowledged | Refused:
        """Refuse to send."""
        self._refuse()

    async def cancel(self, *, account_id: str, client_order_id: str) -> Acknowledged | Refused:
        """Refuse to ask."""
        self._refuse()

    async def cancel_all(
        self, *, account_ids: Sequence[str], symbol: str | None = None
    ) -> Acknowledged | Refused:
        """Refuse to ask."""
        self._refuse()

    async def replace(
        self,
        *,
        account_id: str,
        client_order_id: str,
        terms: OrderTerms,
        protective_limit: Decimal | None = None,
        written: Callable[[], None],
        leaving: Callable[[], None] = free_to_leave,
    ) -> Acknowledged | Refused:
        """Refuse to ask."""
        self._refuse()

    async def find(self, *, account_id: str, client_order_id: str) -> VenueOrder | None:
        """Refuse to look: an answer of None would mean that there is none."""
        self._refuse()

    async def open_orders(self, *, account_id: str) -> Sequence[VenueOrder]:
        """Refuse to look."""
        self._refuse()

    async def positions(self, *, account_id: str) -> Sequence[VenuePosition]:
        """Refuse to look."""
        self._refuse()

    def reports(self, *, after: int) -> AsyncIterator[Report]:
        """Refuse to listen."""
        self._refuse()

    def _refuse(self) -> NoReturn:
        raise BrokerUnavailable(f"the broker {self._name} is spoken to by another process")
