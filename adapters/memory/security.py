"""Hash passwords and sign tokens in microseconds: for tests and simulation, not for guarding.

The promises are those of the real adapters; the cost that makes guessing slow is missing.
"""

import hashlib
import hmac
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID

from domain.identity.access import NOTHING, Access
from domain.identity.session import Session
from domain.identity.signed_rights import rights_signed, stops_of
from domain.identity.tenant import Principal
from ports.identity import HasherBusy, InvalidToken, PublicKey
from ports.ids import Ids
from ports.randomness import Randomness
from ports.storage import StorageCorrupt
from ports.time import Clock, Sleeper

_SCHEME = "quick"
_SALT_BYTES = 16
_KEY_BYTES = 32


class QuickHasher:
    """Salted SHA-256, with the real hasher's limits on how many work and wait."""

    def __init__(
        self, *, randomness: Randomness, sleeper: Sleeper, took_s: float = 0.0, places: int = 18
    ) -> None:
        self._randomness = randomness
        self._sleeper = sleeper
        self._took_s = took_s
        self._places = places
        self._taken = 0

    async def hash(self, password: str) -> str:
        """Return the encoded hash; raises HasherBusy when too many wait."""
        await self._take_time()
        salt = self._randomness.token(_SALT_BYTES).hex()
        return f"{_SCHEME}${salt}${_digest(password, salt)}"

    async def verify(self, *, password: str, hash: str) -> bool:
        """Tell whether the password has that hash; raises HasherBusy, StorageCorrupt."""
        await self._take_time()
        scheme, _, rest = hash.partition("$")
        salt, _, digest = rest.partition("$")
        if scheme != _SCHEME or not digest:
            raise StorageCorrupt("a stored password hash is not one of this hasher's")
        return hmac.compare_digest(digest, _digest(password, salt))

    def is_outdated(self, hash: str) -> bool:
        """Tell whether it is no hash of this kind; there are no parameters."""
        return not hash.startswith(f"{_SCHEME}$")

    async def _take_time(self) -> None:
        if self._taken >= self._places:
            raise HasherBusy("too many passwords wait to be checked; try again in a second")
        self._taken += 1
        try:
            await self._sleeper.sleep(self._took_s)
        finally:
            self._taken -= 1


def _digest(password: str, salt: str) -> str:
    return hashlib.sha256(f"{salt}${password}".encode(errors="surrogatepass")).hexdigest()


class MemoryTokens:
    """Tokens sealed with a key that lives as long as the process."""

    def __init__(
        self,
        *,
        randomness: Randomness,
        clock: Clock,
        ids: Ids,
        ttl: timedelta = timedelta(minutes=5),
        leeway: timedelta = timedelta(seconds=30),
    ) -> None:
        self._key = randomness.token(_KEY_BYTES)
        self._clock = clock
        self._ids = ids
        self._ttl = ttl
        self._leeway = leeway

    def issue(
        self,
        *,
        user_id: UUID,
        tenant_id: UUID,
        session: Session | None = None,
        access: Access = NOTHING,
    ) -> tuple[str, Principal]:
        """Return a sealed token and what it says."""
        now = self._clock.now()
        ends = now + self._ttl
        known = now
        if session is not None:
            ends, known = min(ends, session.expires_at), session.authenticated_at
        parts = (
            str(user_id),
            str(tenant_id),
            str(self._ids.new()),
            str(int(ends.timestamp())),
            str(session.id) if session is not None else "",
            str(int(known.timestamp())),
            "+".join(stops_of(access)),
        )
        said = ".".join(parts)
        return f"{said}.{self._seal(said)}", _principal(parts)

    def public_keys(self) -> Sequence[PublicKey]:
        """Return none: the key is no pair."""
        return ()

    def verify(self, token: str) -> Principal:
        """Return what a valid token says; raises InvalidToken."""
        said, _, seal = token.rpartition(".")
        if not token.isascii() or not hmac.compare_digest(seal, self._seal(said)):
            raise InvalidToken("the token is malformed or its seal is wrong")
        principal = _principal(said.split("."))
        if self._clock.now() >= principal.expires_at + self._leeway:
            raise InvalidToken("the token has expired")
        return principal

    def _seal(self, said: str) -> str:
        return hmac.new(self._key, said.encode(), hashlib.sha256).hexdigest()


def _principal(parts: Sequence[str]) -> Principal:
    user_id, tenant_id, token_id, expires, session_id, known, stops = parts
    return Principal(
        user_id=UUID(user_id),
        tenant_id=UUID(tenant_id),
        token_id=token_id,
        expires_at=datetime.fromtimestamp(int(expires), UTC),
        session_id=UUID(session_id) if session_id else None,
        authenticated_at=datetime.fromtimestamp(int(known), UTC),
        signed=rights_signed(stops.split("+") if stops else ()),
    )
