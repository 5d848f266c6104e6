"""Let a user in who knows the password, and tell nobody who exists."""

import math
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field

from application.identity.challenges import ChallengeOpened, OpenChallenge
from application.identity.issued import IssuedToken, issued
from application.identity.login_try import LoginTry
from application.identity.open_session import OpenedSession, OpenSession
from application.identity.throttle import LoginThrottle, key_of
from domain.identity.demand import ALWAYS, Demand
from domain.identity.one_time import LENGTH_MAX, digest_of
from domain.identity.session import Device
from domain.identity.tenant import User
from ports.factors_of import FactorsOf
from ports.identity import AccessTokens, HasherBusy, PasswordHasher, People, Users
from ports.randomness import Randomness
from ports.storage import StorageUnavailable

_DUMMY_BYTES = 32
# Users of one address, each of another tenant, whose passwords one try is held against.
_TENANTS_MAX = 3


async def always(_user: User, _tried: LoginTry, _device: Device | None) -> Demand:
    """Ask for a second factor at every log-in of whoever has one."""
    return ALWAYS


class _CheckedInPart(HasherBusy):
    """The hasher got busy when the password was held against some users and not all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LoginRefused:
    """The e-mail address or the password is wrong, or it is too soon to try again.

    retry_after_s: whole seconds to wait; None when the try was checked and wrong.
    """

    retry_after_s: int | None = None


@dataclass(slots=True, kw_only=True)
class Login:
    """Check a password, ask for a second factor, open a session and issue its tokens."""

    users: Users
    people: People
    hasher: PasswordHasher
    tokens: AccessTokens
    throttle: LoginThrottle
    randomness: Randomness
    open: OpenSession
    challenge: OpenChallenge
    factors: FactorsOf
    # What a log-in with the right password still has to show.
    demand: Callable[[User, LoginTry, Device | None], Awaitable[Demand]] = always
    _dummy_hash: str | None = field(default=None, init=False)

    async def __call__(self, tried: LoginTry) -> IssuedToken | ChallengeOpened | LoginRefused:
        """Return a token, what is still to be shown, or the refusal.

        Raises HasherBusy, storage errors.
        """
        wait_s = await self.throttle.admit(tried.visitor.network)
        if wait_s and tried.device_token is None:
            return LoginRefused(retry_after_s=math.ceil(wait_s))
        found = await self.users.with_email(email=tried.email)
        meant = [one for one in found if tried.tenant_id in (None, one.tenant_id)]
        device = await self._known_device(tried, meant)
        if wait_s and device is not None:
            wait_s = await self.throttle.admit_known(str(device.id))
        if wait_s:
            return LoginRefused(retry_after_s=math.ceil(wait_s))
        users = self._asked(meant, device=device)
        key = key_of(tried.email, device=str(device.id) if device is not None else "")
        waits = await self.throttle.begin(key)
        if waits is not None:
            return LoginRefused(retry_after_s=math.ceil(waits))
        try:
            user = await self._whose(tried.password, users)
            if user is None:
                return await self._refused(users, tried)
            renewed = None
            if self.hasher.is_outdated(user.password_hash):
                renewed = await self.hasher.hash(tried.password)
            opened = await self._go_on(user, tried, device=device, renewed_hash=renewed)
            if opened is None:
                # Disabled, another password or a first factor just now: told as a wrong one.
                return await self._refused([user], tried)
        except _CheckedInPart:
            # Else it would be a guess at the first of them that nobody counts.
            raise
        except (HasherBusy, StorageUnavailable):
            await self.throttle.unchecked(key)
            raise
        if device is None and len(found) > 1:
            # Wrong ones of before may have been another tenant's user's, who stays guarded:
            # else whoever shares an address could guess there, and log in here after each guess.
            await self.throttle.unchecked(key)
        else:
            await self.throttle.succeeded(key)
        return opened if isinstance(opened, ChallengeOpened) else issued(self.tokens, opened)

    async def _go_on(
        self, user: User, tried: LoginTry, *, device: Device | None, renewed_hash: str | None
    ) -> OpenedSession | ChallengeOpened | None:
        """Open a session, or ask for more first; None where the password no longer holds."""
        demand = await self.demand(user, tried, device)
        kinds = demand.kinds
        if kinds is None:
            kinds = await self.factors.kinds(user.id)
        if kinds and demand.second_factor:
            return await self.challenge(user, tried, kinds=kinds, renewed_hash=renewed_hash)
        # Whoever has a factor and was not asked for it is, for now, known by half only.
        unconfirmed = demand.unconfirmed or bool(kinds)
        return await self.open(
            user,
            tried,
            renewed_hash=renewed_hash,
            unconfirmed=unconfirmed,
            doubts=demand.reasons if demand.unconfirmed else (),
            features=demand.features,
            lacking=None if kinds else self.factors,
        )

    def _asked(self, meant: Sequence[User], *, device: Device | None) -> Sequence[User]:
        """Return whose password it may be: a known device's user, else who may come in first.

        Each costs a hash, so that there is an end to them: with more the tenant has to be named.
        """
        if device is not None:
            return [one for one in meant if one.id == device.user_id]
        return sorted(meant, key=lambda one: one.disabled_at is not None)[:_TENANTS_MAX]

    async def _whose(self, password: str, users: Sequence[User]) -> User | None:
        """Return the first whose password that is, None where it is nobody's.

        Raises HasherBusy, as _CheckedInPart where it is not the first one's.
        """
        if not users:
            # Unknown users cost the same hash, so that the time tells nothing.
            await self.hasher.verify(password=password, hash=await self._dummy())
        for place, user in enumerate(users):
            try:
                if await self.hasher.verify(password=password, hash=user.password_hash):
                    return user
            except HasherBusy as busy:
                if place:
                    raise _CheckedInPart(str(busy)) from busy
                raise
        return None

    async def _refused(self, users: Sequence[User], tried: LoginTry) -> LoginRefused:
        # What cannot be recorded is not answered: no guess goes unrecorded.
        for user in users or (None,):
            await self.open.refused(user, tried)
        return LoginRefused()

    async def prepare(self) -> None:
        """Make the hash that unknown users are checked against, before anyone asks."""
        await self._dummy()

    async def _known_device(self, tried: LoginTry, users: Sequence[User]) -> Device | None:
        token = tried.device_token
        if token is None or len(token) > LENGTH_MAX:
            return None
        device = await self.people.device(digest_of(token))
        known = device is not None and any(one.id == device.user_id for one in users)
        return device if known else None

    async def _dummy(self) -> str:
        if self._dummy_hash is None:
            self._dummy_hash = await self.hasher.hash(self.randomness.token(_DUMMY_BYTES).hex())
        return self._dummy_hash
