"""Let processes of one installation ask each other, by what its signing key says (port PartTokens).

Whoever shares the key is a process of the installation: nobody has to set a secret for that.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from uuid import UUID

from adapters.security.statements import SignedStatements
from domain.identity.access import Access, Permission
from domain.identity.tenant import Principal, PrincipalKind
from ports.identity import InvalidToken
from ports.time import Clock

_PREFIX = "part."
LASTS = timedelta(seconds=60)
# A new one is drawn in time for the one before to be good until it arrives.
_RENEW = timedelta(seconds=30)
_LEEWAY = timedelta(seconds=30)
_KEPT_MAX = 64
# Seconds of a year that there is a date for.
_DIGITS_MAX = 11
_NOBODY = UUID(int=0)
# What one part may ask of another: to run what the operator loaded, and nothing that is kept.
MAY: Mapping[str, frozenset[Permission]] = {
    "inference": frozenset({Permission.MODELS_READ, Permission.MODELS_RUN}),
    "sentiment": frozenset({Permission.SENTIMENT_READ}),
}


@dataclass(slots=True, kw_only=True)
class PartTokens:
    """Short-lived tokens for asking one part of this installation, and no other."""

    statements: SignedStatements
    clock: Clock
    _drawn: dict[str, tuple[datetime, str]] = field(default_factory=dict, init=False)
    # Tokens that were good when they came, and until when they are.
    _known: dict[str, datetime] = field(default_factory=dict, init=False)

    def draw(self, part: str) -> str:
        """Return a token for a part; raises UnusableKey."""
        now = self.clock.now()
        expires_at, token = self._drawn.get(part, (now, ""))
        if expires_at - now < LASTS - _RENEW:
            expires_at = now.replace(microsecond=0) + LASTS
            seconds = int(expires_at.timestamp())
            token = f"{_PREFIX}{seconds}.{self.statements.sign(_said(part, seconds))}"
            self._drawn[part] = expires_at, token
        return token

    def checked(self, token: str, *, part: str) -> Principal:
        """Return who asks that part by a token; raises InvalidToken."""
        now = self.clock.now()
        expires_at = self._known.get(f"{part} {token}")
        if expires_at is None:
            expires_at = self._read(token, part=part, now=now)
            while len(self._known) >= _KEPT_MAX:
                del self._known[next(iter(self._known))]
            self._known[f"{part} {token}"] = expires_at
        if now >= expires_at + _LEEWAY:
            raise InvalidToken("the part's token has expired")
        return Principal(
            user_id=_NOBODY,
            tenant_id=_NOBODY,
            token_id=_PREFIX,
            expires_at=expires_at,
            access=Access(permissions=MAY[part], accounts=frozenset(), by_token=True),
            kind=PrincipalKind.TOKEN,
        )

    def _read(self, token: str, *, part: str, now: datetime) -> datetime:
        written, _, signature = token.removeprefix(_PREFIX).partition(".")
        if not written.isdecimal() or len(written) > _DIGITS_MAX:
            raise InvalidToken("the part's token is malformed")
        expires_at = datetime.fromtimestamp(int(written), UTC)
        if expires_at > now + LASTS + _LEEWAY:
            raise InvalidToken("the part's token would last for too long")
        if not self.statements.is_ours(_said(part, int(written)), signature=signature):
            raise InvalidToken(f"the token is none of this installation's for its part {part}")
        return expires_at


def is_of_part(token: str) -> bool:
    """Tell whether a token says that it is one of these."""
    return token.startswith(_PREFIX)


def _said(part: str, seconds: int) -> str:
    return f"may ask {part} until {seconds}"
