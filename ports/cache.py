"""What the core needs to keep answers that are dear to find, for a while."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

NAME_MAX = 200
SIZE_MAX_BYTES = 1_048_576

# Finds the answer; None says that there is none.
Load = Callable[[], Awaitable[bytes | None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class CacheKey:
    """What an answer is about; tenant_id is None for what belongs to no tenant."""

    tenant_id: UUID | None
    space: str
    name: str

    def __post_init__(self) -> None:
        for text in (self.space, self.name):
            if not 1 <= len(text.encode()) <= NAME_MAX:
                raise ValueError(f"a cache key's parts have 1 to {NAME_MAX} bytes, not {text!r}")


@dataclass(frozen=True, slots=True, kw_only=True)
class CachePolicy:
    """How long an answer is good, and what may be kept.

    jitter: the share of fresh_s by which an entry may lapse earlier, so that what was kept
    together does not lapse together. absent_s: how long "there is none" is kept, 0 is not at
    all. stale_s: how long after it lapsed an entry may stand in for a load that fails; only
    where an old answer is better than none. load_s: within which a load is expected to end,
    others wait for it no longer.
    """

    fresh_s: float
    jitter: float = 0.1
    absent_s: float = 0.0
    stale_s: float = 0.0
    load_s: float = 5.0
    size_max_bytes: int = 262_144

    def __post_init__(self) -> None:
        if not (self.fresh_s > 0 and self.load_s > 0 and self.absent_s >= 0 and self.stale_s >= 0):
            raise ValueError("a cache's times are positive")
        if not 0 <= self.jitter < 1:
            raise ValueError(f"jitter is a share of [0, 1), not {self.jitter}")
        if not 0 < self.size_max_bytes <= SIZE_MAX_BYTES:
            raise ValueError(f"an entry may have at most {SIZE_MAX_BYTES} bytes")

    def lasts_s(self, *, absent: bool, chance: float) -> float:
        """Return for how long an entry is fresh; chance is a number of [0, 1)."""
        return (self.absent_s if absent else self.fresh_s) * (1.0 - self.jitter * chance)


class Cache(Protocol):
    """Answers that may be gone at any time: never the only place of anything."""

    async def get_or_load(self, *, key: CacheKey, load: Load, policy: CachePolicy) -> bytes | None:
        """Return a fresh answer, or load it.

        However many ask at once, in however many processes, one of them loads and the others
        get its answer; where the processes cannot reach each other, one of each loads. What
        load raises is raised to all who waited for it, unless an entry within stale_s stands
        in. An answer of more than size_max_bytes is returned and not kept.
        """
        ...

    async def forget(self, key: CacheKey) -> bool:
        """Drop an answer, and one that is being loaded now: it is returned and not kept.

        False: the others could not be told, and may use theirs until it lapses.
        """
        ...
