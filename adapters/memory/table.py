"""Show a table as a transaction sees it."""

from collections.abc import Iterator, MutableMapping
from typing import Generic, TypeVar

K = TypeVar("K")
V = TypeVar("V")


class Table(Generic[K, V]):
    """A table as a transaction sees it: its own writes over what is stored."""

    def __init__(self, stored: MutableMapping[K, V]) -> None:
        self._stored = stored
        self._written: dict[K, V] = {}

    def get(self, key: K) -> V | None:
        """Return what is under a key."""
        return self._written.get(key, self._stored.get(key))

    def put(self, key: K, value: V) -> None:
        """Keep something aside, until the commit."""
        self._written[key] = value

    def values(self) -> Iterator[V]:
        """Yield all there is."""
        yield from {**self._stored, **self._written}.values()

    def commit(self) -> bool:
        """Store what was kept aside; tell whether there was anything."""
        self._stored.update(self._written)
        return bool(self._written)
