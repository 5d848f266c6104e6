"""Say how a source of texts is: when it was looked at, what came of it, and when it is again."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID, uuid5

from domain.shared.values import InvalidValue, checked_time
from domain.signals.signal import checked_name

ERROR_MAX = 300
# A source that has not answered for so many looks is silent.
SILENT_LOOKS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceState:
    """How one source of a tenant's texts is.

    answered_at is when it was last read whole, taken how many items were kept of it in all, and
    error what was wrong at the last look, in words, empty where nothing was. From silent_at on it
    is silent, unless it answers before.
    """

    id: UUID
    tenant_id: UUID
    name: str
    looked_at: datetime | None
    answered_at: datetime | None
    taken: int
    error: str
    next_at: datetime
    silent_at: datetime
    version: int = 1

    def __post_init__(self) -> None:
        """Raise InvalidValue for what no state can be."""
        checked_name(self.name, field="name")
        for field in ("looked_at", "answered_at", "next_at", "silent_at"):
            moment = getattr(self, field)
            if moment is not None:
                checked_time(moment, field=field)
        if self.taken < 0:
            raise InvalidValue(field="taken", problem="must not be below 0")
        if len(self.error) > ERROR_MAX:
            raise InvalidValue(field="error", problem=f"must have at most {ERROR_MAX} characters")

    @property
    def kind(self) -> str:
        """What it is: rss, folder, or the vendor's name."""
        return self.name.partition(":")[0]

    def is_silent(self, now: datetime) -> bool:
        """Tell whether nothing was heard of it for too long, whoever's fault that is."""
        return now >= self.silent_at

    def answered(self, *, items: int, at: datetime, every: timedelta) -> "SourceState":
        """Return how it is after a look that it answered, with what was kept of it."""
        return replace(
            self,
            looked_at=at,
            answered_at=at,
            taken=self.taken + items,
            error="",
            next_at=at + every,
            silent_at=at + SILENT_LOOKS * every,
            version=self.version + 1,
        )

    def failed(self, error: str, *, at: datetime, next_at: datetime) -> "SourceState":
        """Return how it is after a look that came to nothing."""
        said = error if len(error) <= ERROR_MAX else f"{error[: ERROR_MAX - 1]}…"
        return replace(self, looked_at=at, error=said, next_at=next_at, version=self.version + 1)


def new_source(tenant_id: UUID, name: str, *, at: datetime, every: timedelta) -> SourceState:
    """Return the state of a source that nobody has looked at yet."""
    return SourceState(
        id=source_id(tenant_id, name),
        tenant_id=tenant_id,
        name=name,
        looked_at=None,
        answered_at=None,
        taken=0,
        error="",
        next_at=at,
        silent_at=at + SILENT_LOOKS * every,
    )


def source_id(tenant_id: UUID, name: str) -> UUID:
    """Return the id of a tenant's source of that name."""
    return uuid5(tenant_id, f"news source {name}")
