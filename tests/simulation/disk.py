"""Keep what outlives processes, and note what every step changed there."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, TypeVar

from adapters.memory.database import MemoryDatabase, MemoryLink
from domain.risk.rule import Rule, RuleType
from ports.storage import StorageUnavailable
from tests.simulation.virtual_time.life import Life

# A call that takes a while takes up to so long.
_SLOW_S = 0.25

K = TypeVar("K")
V = TypeVar("V")


class Noted(dict[K, V]):
    """A table that writes down each change: the key, the value before and the one after."""

    __slots__ = ("changes",)

    def __init__(self) -> None:
        super().__init__()
        self.changes: list[tuple[K, V | None, V]] = []

    def __setitem__(self, key: K, value: V) -> None:
        self.changes.append((key, self.get(key), value))
        super().__setitem__(key, value)

    def setdefault(self, key: K, default: Any = None, /) -> Any:
        """Return the value, stored now if there was none."""
        if key not in self:
            self[key] = default
        return self[key]


@dataclass(slots=True)
class Disk:
    """The database of the simulated world, and the rule sets that go with it."""

    database: MemoryDatabase
    books: Noted[Any, Any]
    orders: Noted[Any, Any]
    latches: Noted[Any, Any]
    replies: Noted[Any, Any]
    cursors: Noted[Any, Any]
    heard: Noted[Any, Any]
    applied: Noted[Any, Any]
    # The share of calls that fail; healed at the end of the run.
    failure: float = 0.0
    # The share of calls that take a while, so that others come in between in time, too.
    slow: float = 0.0

    def store_rules(self, *rules: Rule) -> None:
        """Put new rules, or newer versions of them, in force, all at once."""
        versions = self.database.rules_versions
        for rule in rules:
            self.database.rules[rule.id] = rule
        versions[rules[0].tenant_id] = versions.get(rules[0].tenant_id, 0) + 1

    def position_limit(self) -> Decimal | None:
        """Return the units that a position may have, None without such a rule."""
        limits = [
            rule.threshold
            for rule in self.database.rules.values()
            if rule.rule_type is RuleType.MAX_POSITION_SIZE
        ]
        return min(limits) if limits else None

    def forget_changes(self) -> None:
        """Begin to note anew."""
        for table in (
            self.books,
            self.orders,
            self.latches,
            self.replies,
            self.cursors,
            self.heard,
            self.applied,
        ):
            if table.changes:
                table.changes.clear()

    def link(self, life: Life, *, source: random.Random) -> MemoryLink:
        """Return the connection of one life of a process."""

        def check() -> None:
            if not life.alive:
                raise StorageUnavailable(f"{life} is dead and cannot write")

        return MemoryLink(self.database, pause=self._pause(source), check=check)

    def _pause(self, source: random.Random) -> Callable[[], Awaitable[None]]:
        draw = source.random

        async def pause() -> None:
            takes_s = _SLOW_S * draw() if self.slow and draw() < self.slow else 0.0
            await asyncio.sleep(takes_s)
            if self.failure and draw() < self.failure:
                raise StorageUnavailable("no answer from the database (simulated)")

        return pause


def new_disk() -> Disk:
    """Return an empty database that notes its changes."""
    books: Noted[Any, Any] = Noted()
    orders: Noted[Any, Any] = Noted()
    latches: Noted[Any, Any] = Noted()
    replies: Noted[Any, Any] = Noted()
    cursors: Noted[Any, Any] = Noted()
    heard: Noted[Any, Any] = Noted()
    applied: Noted[Any, Any] = Noted()
    database = MemoryDatabase(
        books=books,
        orders=orders,
        latches=latches,
        replies=replies,
        cursors=cursors,
        heard=heard,
        applied=applied,
    )
    return Disk(
        database=database,
        books=books,
        orders=orders,
        latches=latches,
        replies=replies,
        cursors=cursors,
        heard=heard,
        applied=applied,
    )
