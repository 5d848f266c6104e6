"""Ask every source of objections about an order, without waiting for any."""

from collections.abc import Callable, Sequence
from datetime import datetime

from domain.orders.order import Order
from domain.orders.terms import OrderTerms
from domain.risk.objections import Objection, Objections
from ports.objections import ObjectionSource

ReadSources = Callable[[], Sequence[ObjectionSource]]


class Objecting:
    """Knows the sources that the areas of this process declare."""

    def __init__(self, read_sources: ReadSources) -> None:
        self._read_sources = read_sources
        self._sources: Sequence[ObjectionSource] | None = None

    def against(self, order: Order, *, terms: OrderTerms, at: datetime) -> Objections | None:
        """Return what stands against the order, and who is silent; None where nothing is said.

        A word from the future is as good as none: the clock was set back since.
        """
        if self._sources is None:
            self._sources = tuple(self._read_sources())
        raised: list[Objection] = []
        silent: list[str] = []
        for source in self._sources:
            try:
                heard_at = source.up_to_date_at(tenant_id=order.tenant_id)
                holds = heard_at is not None and abs(at - heard_at) <= source.holds_for
                said = source.against(order, terms=terms, at=at) if holds else ()
            # Whatever is wrong with a source must not keep an order from reducing.
            except Exception:  # noqa: BLE001
                holds, said = False, ()
            raised += said
            if not holds:
                silent.append(source.name)
        if not (raised or silent):
            return None
        return Objections(raised=tuple(raised), silent=tuple(silent))


NOBODY_OBJECTS = Objecting(tuple)
