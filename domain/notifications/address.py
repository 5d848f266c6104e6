"""Hold where a person is reached on a channel, and whether it was shown to be theirs."""

import hashlib
import hmac
import re
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from domain.notifications.message import Channel

CODE_LASTS = timedelta(minutes=15)
CODE_TRIES_MAX = 5
# Nobody is to fill another's mailbox with codes.
CODES_A_DAY = 10
CODE_AGAIN_AFTER = timedelta(seconds=30)
# Read out and typed without doubt: no 0, 1, I, L, O, U.
_LETTERS = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
CODE_BYTES = 10


class CodeCheck(StrEnum):
    """What is said of a code."""

    RIGHT = "right"
    WRONG = "wrong"
    # There is none to be given any more: used, lapsed or guessed at too often.
    OVER = "over"


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelAddress:
    """A person's address on a channel; the address itself is kept sealed.

    shown is what may be seen of the confirmed address, pending of the one that a code was sent
    to: until that is confirmed the former one stays in use. The code is kept as a digest.
    """

    id: UUID
    tenant_id: UUID
    user_id: UUID
    channel: Channel
    shown: str = ""
    confirmed_at: datetime | None = None
    pending: str = ""
    code_digest: bytes | None = None
    code_sent_at: datetime | None = None
    code_tries: int = 0
    codes_today: int = 0
    version: int = 1

    def may_send(self, now: datetime) -> bool:
        """Tell whether another code may be sent now."""
        if self.code_sent_at is None:
            return True
        if now.date() == self.code_sent_at.date() and self.codes_today >= CODES_A_DAY:
            return False
        # A clock that was set back meanwhile keeps nobody waiting.
        return not timedelta(0) <= now - self.code_sent_at < CODE_AGAIN_AFTER

    def asked(self, *, shown: str, code: str, now: datetime) -> "ChannelAddress":
        """Return it with a code on its way to another address."""
        today = self.code_sent_at is not None and now.date() == self.code_sent_at.date()
        return replace(
            self,
            pending=shown,
            code_digest=digest_of(code, id=self.id),
            code_sent_at=now,
            code_tries=0,
            codes_today=self.codes_today + 1 if today else 1,
            version=self.version + 1,
        )

    def check(self, code: str, *, now: datetime) -> CodeCheck:
        """Say whether a code is the one that was sent."""
        if self.code_digest is None or self.code_sent_at is None:
            return CodeCheck.OVER
        lapsed = not self.code_sent_at <= now < self.code_sent_at + CODE_LASTS
        if lapsed or self.code_tries >= CODE_TRIES_MAX:
            return CodeCheck.OVER
        if hmac.compare_digest(digest_of(code, id=self.id), self.code_digest):
            return CodeCheck.RIGHT
        return CodeCheck.WRONG

    def guessed(self) -> "ChannelAddress":
        """Return it after one more wrong code."""
        return replace(self, code_tries=self.code_tries + 1, version=self.version + 1)

    def confirmed(self, now: datetime) -> "ChannelAddress":
        """Return it with the new address in use, and the code used up."""
        return replace(
            self,
            shown=self.pending,
            confirmed_at=now,
            pending="",
            code_digest=None,
            code_tries=0,
            version=self.version + 1,
        )


def code_of(chance: bytes) -> str:
    """Return a code of random bytes: ten letters and digits, of which each is as likely."""
    # 49 bits of 80: what the remainder favours is far below what could be tried.
    number, said = int.from_bytes(chance, "big"), ""
    for _ in range(CODE_BYTES):
        number, letter = divmod(number, len(_LETTERS))
        said += _LETTERS[letter]
    return f"{said[:5]}-{said[5:]}"


def digest_of(code: str, *, id: UUID) -> bytes:
    """Return what is kept of a code, however it was typed."""
    typed = "".join(one for one in code.upper() if one.isalnum())
    return hashlib.sha256(id.bytes + typed.encode()).digest()


def shown_address(channel: Channel, address: str) -> str:
    """Return what may be seen of an address: enough for its owner to know it."""
    if channel is Channel.EMAIL and "@" in address:
        name, _, host = address.rpartition("@")
        return f"{name[:1]}***@{host}"
    if channel is Channel.SMS:
        return f"***{address[-3:]}"
    scheme, separator, rest = address.partition("://")
    # What stands before an @ is a password, what stands in the path a token, behind a # a secret.
    host = re.split(r"[/?#]", rest, maxsplit=1)[0].rpartition("@")[2]
    return f"{scheme}{separator}{host}/***" if separator and channel is Channel.WEBHOOK else "***"
