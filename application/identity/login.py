"""Let a user in who knows the password, and tell nobody who exists."""

import hashlib
import math
from dataclasses import dataclass, field
from datetime import datetime

from application.audit.record import Recorder
from application.identity.throttle import LoginThrottle
from domain.audit.entry import NOBODY
from domain.audit.suspicion import LOGIN_FAILED, LOGIN_OK
from domain.identity.tenant import Principal, User
from ports.identity import AccessTokens, HasherBusy, PasswordHasher, Users
from ports.randomness import Randomness
from ports.storage import StorageUnavailable

_DUMMY_BYTES = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class IssuedToken:
    """A signed access token and what it says."""

    token: str
    expires_at: datetime
    principal: Principal


@dataclass(frozen=True, slots=True, kw_only=True)
class LoginRefused:
    """The e-mail address or the password is wrong, or it is too soon to try again.

    retry_after_s: whole seconds to wait; None when the try was checked and wrong.
    """

    retry_after_s: int | None = None


@dataclass(slots=True, kw_only=True)
class Login:
    """Check a password and issue an access token."""

    users: Users
    hasher: PasswordHasher
    tokens: AccessTokens
    throttle: LoginThrottle
    randomness: Randomness
    record: Recorder
    _dummy_hash: str | None = field(default=None, init=False)

    async def __call__(self, *, email: str, password: str) -> IssuedToken | LoginRefused:
        """Return a token or the refusal; raises HasherBusy, storage errors."""
        wait_s = await self.throttle.begin(email)
        if wait_s is not None:
            return LoginRefused(retry_after_s=math.ceil(wait_s))
        try:
            user = await self.users.by_email(email=email)
            # Unknown users cost the same hash, so that the time tells nothing.
            kept = user.password_hash if user is not None else await self._dummy()
            right = await self.hasher.verify(password=password, hash=kept)
        except (HasherBusy, StorageUnavailable):
            await self.throttle.unchecked(email)
            raise
        # What cannot be recorded is not let in, and no guess goes unrecorded.
        if user is None or not right:
            await self._record(user, email=email, action=LOGIN_FAILED)
            return LoginRefused()
        await self._record(user, email=email, action=LOGIN_OK)
        await self.throttle.succeeded(email)
        token, principal = self.tokens.issue(user_id=user.id, tenant_id=user.tenant_id)
        return IssuedToken(token=token, expires_at=principal.expires_at, principal=principal)

    async def _record(self, user: User | None, *, email: str, action: str) -> None:
        # People mistake one field for another: what was typed is kept as a digest only.
        name = hashlib.sha256(email.casefold().encode("utf-8", "surrogatepass")).hexdigest()
        actor = f"user:{user.id}" if user is not None else "unknown"
        await self.record(
            tenant_id=user.tenant_id if user is not None else NOBODY,
            actor=actor,
            action=action,
            subject=actor,
            detail=(("email_digest", name[:16]),),
        )

    async def prepare(self) -> None:
        """Make the hash that unknown users are checked against, before anyone asks."""
        await self._dummy()

    async def _dummy(self) -> str:
        if self._dummy_hash is None:
            self._dummy_hash = await self.hasher.hash(self.randomness.token(_DUMMY_BYTES).hex())
        return self._dummy_hash
