"""Keep what the gate decided on an order, byte for byte."""

from dataclasses import dataclass, field
from uuid import UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class Common:
    """Where a record holds what many records hold alike, so that storage may keep it once.

    digest is the SHA-256 of the bytes from start to end.
    """

    digest: bytes
    start: int
    end: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What the gate decided on an order, with every input: replays byte-identical."""

    id: UUID
    order_id: UUID
    approved: bool
    record: bytes
    common: Common | None = field(default=None, compare=False, repr=False)
