"""Show a table as a transaction sees it."""

from collections.abc import Iterator, MutableMapping
from typing import Generic, TypeVar

K = TypeVar("K")
V = TypeVar("V")


class Table(Generic[K, V]):
    """A table as a transaction sees it: its own writes over what is stored."""

    def __init__(self, stored: MutableMapping[K, V]) -> None:
        self._stored = stored
        # None is what was dropped.
        self._written: dict[K, V | None] = {}

    def get(self, key: K) -> V | None:
        """Return what is under a key."""
        return self._written[key] if key in self._written else self._stored.get(key)

    def put(self, key: K, value: V) -> None:
        """Keep something aside, until the commit."""
        self._written[key] = value

    def drop(self, key: K) -> None:
        """Forget what is under a key, at the commit."""
        self._written[key] = None

    def values(self) -> Iterator[V]:
        """Yield all there is."""
        for value in {**self._stored, **self._written}.values():
            if value is not None:
                yield value

    def commit(self) -> bool:
        """Store what was kept aside; tell whether there was anything."""
        for key, value in self._written.items():
            if value is None:
                self._stored.pop(key, None)
            else:
                self._stored[key] = value
        return bool(self._written)
