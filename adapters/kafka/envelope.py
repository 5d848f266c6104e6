"""Read what every command is wrapped in, and the bytes that its signature covers."""

import hashlib
from datetime import UTC, datetime
from typing import Annotated, TypeAlias
from uuid import UUID

import msgspec
from msgspec import Meta

from domain.shared.names import SEEN_PATTERN
from domain.shared.values import InvalidValue

SIGNED_AS = b"ballast-command-v1"

KeyId: TypeAlias = Annotated[str, Meta(min_length=1, max_length=64, pattern=r"^[\x21-\x7e]*$")]
TypeName: TypeAlias = Annotated[
    str, Meta(min_length=1, max_length=64, pattern=r"^[a-z_.]*$", examples=["order.submit"])
]
Moment: TypeAlias = Annotated[
    str,
    Meta(
        min_length=20,
        max_length=35,
        pattern=r"^[0-9T:.+-]*Z?$",
        examples=["2026-01-02T15:04:05Z"],
        extra_json_schema={"format": "date-time"},
    ),
]
Actor: TypeAlias = Annotated[
    # No line ends: the signed bytes put each field on a line of its own.
    str, Meta(min_length=1, max_length=64, pattern=SEEN_PATTERN, examples=["producer:momentum"])
]
Mac: TypeAlias = Annotated[str, Meta(pattern=r"^[0-9a-f]{64}$")]


class Signature(msgspec.Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """Which key signed, and the HMAC-SHA256 over the signed bytes in lower-case hex."""

    key_id: KeyId
    mac: Mac


class Envelope(msgspec.Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """One command: what, for whom, from whom, how long it may be carried out."""

    id: UUID
    type: TypeName
    version: Annotated[int, Meta(ge=1, le=1_000)]
    tenant: UUID
    # None where the command is for the whole tenant.
    account: UUID | None = None
    issued_at: Moment
    expires_at: Moment
    actor: Actor
    signature: Signature | None = None
    # Kept as it was written: these very bytes are signed.
    payload: msgspec.Raw

    @property
    def partition_key(self) -> bytes:
        """The message key that keeps an account's commands in order."""
        return str(self.account if self.account is not None else self.tenant).encode()


def signed_bytes(envelope: Envelope, *, key_id: str) -> bytes:
    """Return what the signature covers: the fields a line each, then the payload's bytes."""
    account = str(envelope.account) if envelope.account is not None else "-"
    fields = (
        key_id,
        str(envelope.id),
        envelope.type,
        str(envelope.version),
        str(envelope.tenant),
        account,
        envelope.issued_at,
        envelope.expires_at,
        envelope.actor,
    )
    return b"\n".join((SIGNED_AS, *(one.encode() for one in fields), bytes(envelope.payload)))


def content_hash(envelope: Envelope) -> bytes:
    """Return what tells one command from another under the same id, whichever key signed."""
    return hashlib.sha256(signed_bytes(envelope, key_id="")).digest()


def moment(text: str, *, field: str) -> datetime:
    """Read a time with an offset as UTC; raises InvalidValue."""
    try:
        at = datetime.fromisoformat(text)
        if at.tzinfo is not None:
            return at.astimezone(UTC)
    except (ValueError, OverflowError):
        pass
    raise InvalidValue(field=field, problem="must be an RFC 3339 time such as 2026-01-02T15:04:05Z")
