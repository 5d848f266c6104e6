"""Tell whether an owner logged in by what is remembered of log-ins, and by nothing else.

What was known is kept as text: each owner's id, and behind it a mark for each log-in.
"""

from base64 import urlsafe_b64encode
from collections.abc import Iterable, Mapping
from hashlib import sha256
from uuid import UUID

# Two of a user's few hundred log-ins have the same mark once in some 10^12.
_MARK_BYTES = 6


def noted(log_ins: Mapping[UUID, Iterable[UUID]]) -> str:
    """Return what is to be kept of the owners' log-ins, by owner and log-in id."""
    return " ".join(
        f"{owner.hex}:{','.join(sorted(map(_mark, ids)))}" for owner, ids in sorted(log_ins.items())
    )


def someone_logged_in(before: str, now: str) -> bool:
    """Tell whether a log-in is noted now that was not before, of an owner who was one then.

    Who became an owner or is none any more, and log-ins that were forgotten, are no act of
    anybody's; what was noted in another form tells nothing.
    """
    known = _read(before)
    return any(owner in known and ids - known[owner] for owner, ids in _read(now).items())


def _read(text: str) -> Mapping[str, frozenset[str]]:
    parts = (one.partition(":") for one in text.split())
    return {owner: frozenset(ids.split(",")) - {""} for owner, separator, ids in parts if separator}


def _mark(log_in: UUID) -> str:
    return urlsafe_b64encode(sha256(log_in.bytes).digest()[:_MARK_BYTES]).decode()
