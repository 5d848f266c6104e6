"""Hold what a person found when they looked at an audit entry."""

from dataclasses import dataclass
from datetime import datetime

# The mark is an entry of the trail itself, about the entry that was looked at: it is kept,
# chained and shown as everything else that is done.
REVIEWED = "audit.review"
NOTE_LENGTH_MAX = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Review:
    """Who looked at an entry, when, and what they noted; the latest look counts."""

    actor: str
    at: datetime
    note: str
