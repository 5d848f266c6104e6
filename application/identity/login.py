"""Let a user in who knows the password, and tell nobody who exists."""

import math
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from application.identity.open_session import LoginTry, Opened, OpenSession
from application.identity.throttle import LoginThrottle, key_of
from domain.identity.one_time import LENGTH_MAX, digest_of
from domain.identity.tenant import Principal, User
from ports.identity import AccessTokens, HasherBusy, PasswordHasher, People, Users
from ports.randomness import Randomness
from ports.storage import StorageUnavailable

_DUMMY_BYTES = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class IssuedRefresh:
    """A refresh token, good once; device_token is what must come with it."""

    token: str = field(repr=False)
    device_token: str = field(repr=False)
    session_id: UUID
    # When it lapses if it is not used.
    lapses_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class IssuedToken:
    """A signed access token and what it says."""

    token: str = field(repr=False)
    expires_at: datetime
    principal: Principal
    refresh: IssuedRefresh | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LoginRefused:
    """The e-mail address or the password is wrong, or it is too soon to try again.

    retry_after_s: whole seconds to wait; None when the try was checked and wrong.
    """

    retry_after_s: int | None = None


@dataclass(slots=True, kw_only=True)
class Login:
    """Check a password, open a session and issue its tokens."""

    users: Users
    people: People
    hasher: PasswordHasher
    tokens: AccessTokens
    throttle: LoginThrottle
    randomness: Randomness
    open: OpenSession
    _dummy_hash: str | None = field(default=None, init=False)

    async def __call__(self, tried: LoginTry) -> IssuedToken | LoginRefused:
        """Return a token or the refusal; raises HasherBusy, storage errors."""
        wait_s = await self.throttle.admit(tried.visitor.network)
        if wait_s:
            return LoginRefused(retry_after_s=math.ceil(wait_s))
        user = await self.users.by_email(email=tried.email)
        key = key_of(tried.email, device=await self._known_device(tried, user))
        waits = await self.throttle.begin(key)
        if waits is not None:
            return LoginRefused(retry_after_s=math.ceil(waits))
        try:
            # Unknown users cost the same hash, so that the time tells nothing.
            kept = user.password_hash if user is not None else await self._dummy()
            right = await self.hasher.verify(password=tried.password, hash=kept)
            if user is None or not right:
                return await self._refused(user, tried)
            renewed = None
            if self.hasher.is_outdated(kept):
                renewed = await self.hasher.hash(tried.password)
            opened = await self.open(user, tried, renewed_hash=renewed)
            if opened is None:
                # Disabled, or the password was changed just now: told as a wrong one.
                return await self._refused(user, tried)
        except (HasherBusy, StorageUnavailable):
            await self.throttle.unchecked(key)
            raise
        await self.throttle.succeeded(key)
        return issued(self.tokens, opened)

    async def _refused(self, user: User | None, tried: LoginTry) -> LoginRefused:
        # What cannot be recorded is not answered: no guess goes unrecorded.
        await self.open.refused(user, tried)
        return LoginRefused()

    async def prepare(self) -> None:
        """Make the hash that unknown users are checked against, before anyone asks."""
        await self._dummy()

    async def _known_device(self, tried: LoginTry, user: User | None) -> str:
        token = tried.device_token
        if token is None or len(token) > LENGTH_MAX:
            return ""
        device = await self.people.device(digest_of(token))
        known = device is not None and user is not None and device.user_id == user.id
        return str(device.id) if device is not None and known else ""

    async def _dummy(self) -> str:
        if self._dummy_hash is None:
            self._dummy_hash = await self.hasher.hash(self.randomness.token(_DUMMY_BYTES).hex())
        return self._dummy_hash


def issued(tokens: AccessTokens, opened: Opened) -> IssuedToken:
    """Sign an access token for a session, and return it with the refresh token."""
    session = opened.session
    token, principal = tokens.issue(
        user_id=session.user_id, tenant_id=session.tenant_id, session=session
    )
    refresh = None
    if opened.refresh_token is not None and opened.device_token is not None:
        refresh = IssuedRefresh(
            token=opened.refresh_token,
            device_token=opened.device_token,
            session_id=session.id,
            lapses_at=session.lapses_at,
        )
    return IssuedToken(
        token=token, expires_at=principal.expires_at, principal=principal, refresh=refresh
    )
