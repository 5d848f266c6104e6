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
        self._dropped: set[K] = set()

    def get(self, key: K) -> V | None:
        """Return what is under a key."""
        if key in self._dropped:
            return None
        return self._written.get(key, self._stored.get(key))

    def put(self, key: K, value: V) -> None:
        """Keep something aside, until the commit."""
        self._dropped.discard(key)
        self._written[key] = value

    def drop(self, key: K) -> None:
        """Leave out what is under a key, for good at the commit."""
        self._written.pop(key, None)
        if key in self._stored:
            self._dropped.add(key)

    def values(self) -> Iterator[V]:
        """Yield all there is."""
        for key, value in {**self._stored, **self._written}.items():
            if key not in self._dropped:
                yield value

    def commit(self) -> bool:
        """Store what was kept aside; tell whether there was anything."""
        self._stored.update(self._written)
        for key in self._dropped:
            self._stored.pop(key, None)
        return bool(self._written) or bool(self._dropped)
