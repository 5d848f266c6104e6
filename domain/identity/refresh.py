"""Decide what a refresh token that comes in is worth: once a new one, else nothing."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from domain.identity.session import Session


@dataclass(frozen=True, slots=True, kw_only=True)
class RefreshToken:
    """A refresh token, kept as its SHA-256.

    salt is made when it is used: with the token itself, which only its holder has, it gives
    the successor again. It is forgotten when the successor is used.
    """

    digest: bytes
    tenant_id: UUID
    session_id: UUID
    issued_at: datetime
    used_at: datetime | None = None
    salt: bytes | None = None


class Verdict(StrEnum):
    """What to do with a refresh token that came in."""

    ROTATE = "rotate"
    # The reply was lost: give the same successor again.
    REPEAT = "repeat"
    # Somebody else has it: end the session.
    STOLEN = "stolen"
    LAPSED = "lapsed"
    ENDED = "ended"


def judge(
    token: RefreshToken,
    *,
    session: Session,
    device_id: UUID | None,
    successor: RefreshToken | None,
    now: datetime,
    retry: timedelta,
) -> Verdict:
    """Return what the token is worth; device_id is whose device token came with it.

    successor is what the token would give again, None when that cannot be made any more.
    """
    if session.ended_at is not None:
        return Verdict.ENDED
    if not session.is_open(now):
        return Verdict.LAPSED
    if device_id is None or device_id != session.device_id:
        return Verdict.STOLEN
    if token.used_at is None:
        return Verdict.ROTATE
    in_time = now < token.used_at + retry
    if in_time and successor is not None and successor.used_at is None:
        return Verdict.REPEAT
    return Verdict.STOLEN
