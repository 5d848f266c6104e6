"""Leave out heads that others prove as well, so that what is kept outside stays small.

A head proves all of its chain before it. So of each chain we keep every head of the last hour,
of the 31 days before the last of each hour, and of earlier days the last of each; a restore's
records always. Where records are left out, a signed gap stands with their numbers: one that is
taken away by somebody else leaves a number that nothing accounts for.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from domain.audit.anchoring import AnchorKind, AnchorRecord, Gap, GapKind

EVERY_FOR = timedelta(hours=1)
HOURLY_FOR = timedelta(days=31)


def thinned(records: Sequence[AnchorRecord | Gap]) -> list[AnchorRecord | Gap]:
    """Return what is kept of records, in their order; those without a number get theirs."""
    numbered = _numbered(records)
    newest = max((one.at for one in numbered), default=None)
    kept: list[AnchorRecord | Gap] = []
    seen: set[tuple[object, ...]] = set()
    for record in reversed(numbered):
        if isinstance(record, Gap) or newest is None or _is_kept(record, newest, seen):
            kept.append(record)
        else:
            kept.append(
                Gap(
                    kind=GapKind.THINNED,
                    first=record.number,
                    last=record.number,
                    at=record.at,
                )
            )
    return _merged(reversed(kept))


def _numbered(records: Sequence[AnchorRecord | Gap]) -> list[AnchorRecord | Gap]:
    found: list[AnchorRecord | Gap] = []
    last = 0
    for record in records:
        if isinstance(record, AnchorRecord) and not record.number:
            found.append(replace(record, number=last + 1))
        else:
            found.append(record)
        last = _last_of(found[-1])
    return found


def _last_of(record: AnchorRecord | Gap) -> int:
    return record.last if isinstance(record, Gap) else record.number


def _is_kept(record: AnchorRecord, newest: datetime, seen: set[tuple[object, ...]]) -> bool:
    """Tell whether it is kept, being asked from the last to the first."""
    age = newest - record.at
    if record.kind is AnchorKind.RESTORED or age <= EVERY_FOR:
        return True
    at = record.at
    hour = (at.year, at.month, at.day, at.hour)
    place = (record.head.tenant_id, *(hour if age <= HOURLY_FOR else hour[:3]))
    if place in seen:
        return False
    seen.add(place)
    return True


def _merged(records: "reversed[AnchorRecord | Gap]") -> list[AnchorRecord | Gap]:
    """Put gaps of one kind that follow each other into one."""
    found: list[AnchorRecord | Gap] = []
    for record in records:
        before = found[-1] if found else None
        if (
            isinstance(record, Gap)
            and isinstance(before, Gap)
            and record.kind is before.kind is GapKind.THINNED
            and record.first == before.last + 1
        ):
            found[-1] = replace(before, last=record.last, at=record.at)
        else:
            found.append(record)
    return found
