"""Prove that audit entries and their chain are what this installation wrote.

Each proof is an HMAC-SHA-256 under a key of its own use, derived from one master key that
never enters the database. What it is taken over is written so that no two values of the
fields give the same bytes: each text stands behind its length, and what is absent is "-".
"""

import hashlib
import hmac
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from domain.shared.texts import id_text, time_text

KEY_BYTES = 32
MAC_BYTES = 32
KEY_ID_CHARACTERS = 16
# What the first link of every chain follows.
START = bytes(MAC_BYTES)

_BLOCK = 64
_INNER = bytes(byte ^ 0x36 for byte in range(256))
_OUTER = bytes(byte ^ 0x5C for byte in range(256))

Mac = Callable[[bytes], bytes]


class UnknownKey(Exception):
    """Something is signed under a key that is not here."""

    def __init__(self, key_id: str) -> None:
        super().__init__(f"key {key_id or '(none)'} is not here")
        self.key_id = key_id


@dataclass(frozen=True, slots=True)
class AuditKey:
    """One master key: what names it, and the proofs that are made with it."""

    id: str
    entry: Mac
    link: Mac
    anchor: Mac
    state: Mac


@dataclass(frozen=True, slots=True)
class AuditKeys:
    """Every key that entries may be signed with, and the one that signs now."""

    current: AuditKey
    by_id: Mapping[str, AuditKey]

    def named(self, key_id: str) -> AuditKey:
        """Return a key; raises UnknownKey."""
        key = self.by_id.get(key_id)
        if key is None:
            raise UnknownKey(key_id)
        return key


def audit_key(master: bytes) -> AuditKey:
    """Return the key of 32 random bytes; ValueError for fewer."""
    if len(master) != KEY_BYTES:
        raise ValueError(f"an audit key has {KEY_BYTES} bytes, not {len(master)}")

    def derived(use: bytes) -> bytes:
        return hmac.digest(master, b"ballast.audit.key.1 " + use, "sha256")

    return AuditKey(
        id=derived(b"id").hex()[:KEY_ID_CHARACTERS],
        entry=_mac(derived(b"entry")),
        link=_mac(derived(b"link")),
        anchor=_mac(derived(b"anchor")),
        state=_mac(derived(b"state")),
    )


def audit_keys(*masters: bytes) -> AuditKeys:
    """Return the keys of their masters, the last of which signs."""
    keys = [audit_key(master) for master in masters]
    return AuditKeys(keys[-1], {key.id: key for key in keys})


def entry_bytes(
    *,
    id: UUID,
    tenant_id: UUID,
    account_id: UUID | None,
    actor: str,
    action: str,
    subject: str,
    at: datetime,
    market_at: datetime | None,
    trace_id: str,
    session_id: UUID | None,
    ip: str,
    user_agent: str,
    reason: str,
    detail: str,
    before: str,
    after: str,
) -> bytes:
    """Return what an entry's proof is taken over; detail, before and after as they are stored."""
    account = "-" if account_id is None else id_text(account_id)
    session = "-" if session_id is None else id_text(session_id)
    market = "-" if market_at is None else time_text(market_at)
    # Ids and times have one length each, or are absent: theirs is not said.
    return (
        f"ballast.audit.entry.1 {id_text(id)} {id_text(tenant_id)} {account} {time_text(at)}"
        f" {market} {session} {len(actor)}:{actor}{len(action)}:{action}{len(subject)}:{subject}"
        f"{len(trace_id)}:{trace_id}{len(ip)}:{ip}{len(user_agent)}:{user_agent}"
        f"{len(reason)}:{reason}{len(detail)}:{detail}{len(before)}:{before}{len(after)}:{after}"
    ).encode("utf-8", "surrogatepass")


def state_bytes(*, tenant_id: UUID, subject: str, said: Sequence[str]) -> bytes:
    """Return what the proof of a thing's state is taken over: its texts, in their order."""
    texts = "".join(f"{len(text)}:{text}" for text in (subject, *said))
    return f"ballast.audit.state.1 {id_text(tenant_id)} {texts}".encode("utf-8", "surrogatepass")


def link_bytes(
    *, tenant_id: UUID, position: int, previous: bytes, entry_id: UUID, mac: bytes, adopted: bool
) -> bytes:
    """Return what a link's proof is taken over."""
    kind = "adopted" if adopted else "signed"
    head = f"ballast.audit.link.1 {tenant_id} {position} {entry_id} {kind} "
    return head.encode() + previous + mac


def _mac(key: bytes) -> Mac:
    """Return HMAC-SHA-256 under a key whose two pads are taken in once, not for each message."""
    padded = key.ljust(_BLOCK, b"\0")
    inner = hashlib.sha256(padded.translate(_INNER))
    outer = hashlib.sha256(padded.translate(_OUTER))

    def mac(message: bytes) -> bytes:
        first = inner.copy()
        first.update(message)
        second = outer.copy()
        second.update(first.digest())
        return second.digest()

    return mac
