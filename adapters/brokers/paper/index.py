"""Find the venue's orders by id, by client order id and by symbol, and forget old ones."""

from collections import deque
from collections.abc import Sequence

from adapters.brokers.paper.orders import PaperOrder
from adapters.brokers.paper.settings import PaperSettings
from ports.broker import Dedup


class OrderIndex:
    """Open orders and the latest closed ones; with dedup full, every id for ever."""

    def __init__(self, settings: PaperSettings) -> None:
        # Open orders by symbol, then by venue order id, in order of arrival.
        self.open: dict[str, dict[str, PaperOrder]] = {}
        self._retained = settings.retained_orders
        self._remembers = settings.dedup is Dedup.FULL
        self._remembered_max = settings.remembered_ids_max
        self._orders: dict[str, PaperOrder] = {}
        self._by_client: dict[tuple[str, str], list[PaperOrder]] = {}
        self._open_count: dict[str, int] = {}
        self._closed: deque[str] = deque()
        self._remembered: set[tuple[str, str]] = set()

    def by_client(self, *, account_id: str, client_order_id: str) -> Sequence[PaperOrder]:
        """Return the account's orders with that client order id, oldest first."""
        return self._by_client.get((account_id, client_order_id), ())

    def seen(self, *, account_id: str, client_order_id: str) -> bool:
        """Tell whether an order with that id ever came, as far as the dedup mode remembers."""
        key = (account_id, client_order_id)
        return key in self._remembered or key in self._by_client

    def all(self) -> Sequence[PaperOrder]:
        """Return every order that is kept, oldest first."""
        return tuple(self._orders.values())

    def open_count(self, account_id: str) -> int:
        """Return how many orders of the account are open."""
        return self._open_count.get(account_id, 0)

    def has_room(self) -> bool:
        """Tell whether one more id can be remembered."""
        return len(self._remembered) < self._remembered_max

    def is_open(self, venue_order_id: str) -> bool:
        """Tell whether the order is kept and can still fill."""
        order = self._orders.get(venue_order_id)
        return order is not None and order.is_open

    def forgotten(self) -> list[tuple[str, str]]:
        """Return the remembered ids whose orders are no longer kept, sorted."""
        return sorted(self._remembered - self._by_client.keys())

    def remember(self, ids: Sequence[tuple[str, str]]) -> None:
        """Take in ids whose orders are no longer kept."""
        self._remembered.update(ids)

    def add(self, order: PaperOrder) -> None:
        """Take in a new order, open or closed."""
        key = (order.account_id, order.client_order_id)
        self._orders[order.venue_order_id] = order
        self._by_client.setdefault(key, []).append(order)
        if self._remembers:
            self._remembered.add(key)
        if order.is_open:
            self.open.setdefault(order.terms.symbol, {})[order.venue_order_id] = order
            self._open_count[order.account_id] = self.open_count(order.account_id) + 1
        else:
            self._retire(order)

    def put(self, order: PaperOrder) -> None:
        """Take in an order as the journal has it, in place of what was known of it."""
        known = self._orders.get(order.venue_order_id)
        if known is None:
            self.add(order)
            return
        self._orders[order.venue_order_id] = order
        same = self._by_client[order.account_id, order.client_order_id]
        same[same.index(known)] = order
        if known.is_open and not order.is_open:
            self.unlist(order)
        elif order.is_open:
            self.open[order.terms.symbol][order.venue_order_id] = order

    def unlist(self, order: PaperOrder) -> None:
        """Take an order that has just closed off the open ones."""
        book = self.open[order.terms.symbol]
        del book[order.venue_order_id]
        if not book:
            del self.open[order.terms.symbol]
        left = self._open_count[order.account_id] - 1
        if left:
            self._open_count[order.account_id] = left
        else:
            del self._open_count[order.account_id]
        self._retire(order)

    def _retire(self, order: PaperOrder) -> None:
        self._closed.append(order.venue_order_id)
        if len(self._closed) <= self._retained:
            return
        oldest = self._orders.pop(self._closed.popleft())
        key = (oldest.account_id, oldest.client_order_id)
        same = self._by_client[key]
        same.remove(oldest)
        if not same:
            del self._by_client[key]
