"""Say what became of rows that replace those of their day."""

from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class TakenRows:
    """How many rows were new, and how many replaced others; id is what the trail calls it by."""

    id: UUID
    added: int
    replaced: int
