"""Know what everyone may do: kept in memory, read again as soon as it may have changed."""

import asyncio
import contextlib
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from uuid import UUID

from domain.identity.access import Access, Permission, Role
from domain.identity.change import IdentityChange
from domain.identity.personal_token import PersonalToken, digest_of, is_whole
from domain.identity.tenant import Principal, PrincipalKind
from domain.shared.frozen import changer
from ports.access import Members, PersonalTokens
from ports.identity import InvalidToken
from ports.storage import StorageUnavailable
from ports.time import Clock

KEPT_MAX = 10_000
# A member is read four times a second at most, and a change noticed well within the second
# that is promised.
AGE_MAX_S = 0.25
# A token's last use is told to the minute: a write for each request would cost more than it.
USED_EVERY_S = 60.0
_TOKENS_OF_ONE_MAX = 1_000
# So many tokens that nobody has seen are looked up at once, from wherever they come: guesses
# leave most of the database's connections to who is known. So many more may wait for that.
LOOKUPS_MAX = 3
LOOKUPS_WAITING_MAX = 1_000
# A key that may stop trading does so without storage for so long after it was last good.
VOUCHED_S = 24 * 3_600.0
VOUCHED_MAX = 1_000

_with_access = changer(Principal)


def _never() -> bool:
    return False


@dataclass(slots=True)
class _MemberRights:
    """One member's rights as of a moment, and who came in under them."""

    tenant_id: UUID
    access: Access | None
    # Of whoever logged in, and did not come with a token of another kind.
    logged_in: Access | None
    read_at: float
    principals: dict[str, Principal] = field(default_factory=dict)


@dataclass(slots=True)
class _KnownToken:
    token: PersonalToken
    member: _MemberRights
    principal: Principal
    used_at: float


class Rights:
    """What each member may do, from storage through a memory that is dropped when it changes.

    What is remembered holds while is_current says that every change was heard of, and
    otherwise for a quarter of a second; then storage is asked, and who cannot be looked up
    is not let in. `drop` forgets a member's rights at once.
    """

    def __init__(
        self,
        *,
        members: Members,
        tokens: PersonalTokens,
        clock: Clock,
        is_current: Callable[[], bool] = _never,
        age_max_s: float = AGE_MAX_S,
        kept_max: int = KEPT_MAX,
    ) -> None:
        self._members = members
        self._tokens = tokens
        self._clock = clock
        self._is_current = is_current
        self._age_max_s = age_max_s
        self._kept_max = kept_max
        self._known: OrderedDict[UUID, _MemberRights] = OrderedDict()
        self._known_tokens: OrderedDict[bytes, _KnownToken] = OrderedDict()
        # Keys that may stop trading, and when each was last found good.
        self._vouched: OrderedDict[bytes, tuple[_KnownToken, float]] = OrderedDict()
        self._reading: dict[UUID, asyncio.Task[_MemberRights | None]] = {}
        self._told: list[Callable[[UUID], None]] = []
        self._lookups = asyncio.Semaphore(LOOKUPS_MAX)
        self._waiting = 0

    def known(self, identified: Principal) -> Principal | None:
        """Return who a token named with what they may do, if that is remembered and holds."""
        known = self._known.get(identified.user_id)
        if known is None or not self._holds(known):
            return None
        return known.principals.get(identified.token_id)

    async def of(self, identified: Principal) -> Principal:
        """Return who a token named with what they may do; raises InvalidToken, storage errors."""
        known = await self._fresh(identified.user_id)
        access = _access(known, tenant_id=identified.tenant_id)
        if known is not None and known.logged_in is not None and identified.session_id is not None:
            access = known.logged_in
        principal = _with_access(identified, access=access)
        if known is not None:
            if len(known.principals) >= _TOKENS_OF_ONE_MAX:
                known.principals.clear()
            known.principals[identified.token_id] = principal
        return principal

    async def of_personal(self, secret: str) -> Principal:
        """Return who a personal access token names; raises InvalidToken, storage errors."""
        if not is_whole(secret):
            raise InvalidToken("the token is no personal access token of ours")
        digest = digest_of(secret)
        try:
            known = await self._good(digest)
        except InvalidToken:
            self._vouched.pop(digest, None)
            raise
        if Permission.KILL_ACTIVATE in known.token.scopes:
            self._vouched[digest] = known, self._clock.monotonic()
            self._vouched.move_to_end(digest)
            while len(self._vouched) > VOUCHED_MAX:
                self._vouched.popitem(last=False)
        await self._note_use(known)
        return known.principal

    async def _good(self, digest: bytes) -> _KnownToken:
        known = self._known_tokens.get(digest)
        if known is None:
            known = await self._first_look(digest)
        elif not self._stands(known):
            known = await self._read_token(digest)
        if not known.token.is_good(now=self._clock.now()):
            raise InvalidToken("the personal access token has expired or was revoked")
        return known

    def vouched(self, secret: str) -> Principal:
        """Return who a personal access token names without storage: to stop trading, no more.

        It was good within the last day, and nothing was heard of its member since, nor could
        anything be missed. Raises InvalidToken, and StorageUnavailable for one that nobody here
        can vouch for.
        """
        if not is_whole(secret):
            raise InvalidToken("the token is no personal access token of ours")
        known, good_at = self._vouched.get(digest_of(secret), (None, 0.0))
        if known is None or self._clock.monotonic() - good_at > VOUCHED_S:
            raise StorageUnavailable("this process has not seen the token lately")
        if not known.token.is_good(now=self._clock.now()):
            raise InvalidToken("the personal access token has expired or was revoked")
        return known.principal

    def has_seen(self, secret: str) -> bool:
        """Tell whether a personal access token is known to be one, or cannot be one."""
        return digest_of(secret) in self._known_tokens or not is_whole(secret)

    async def of_member(self, *, tenant_id: UUID, member_id: UUID) -> Access | None:
        """Return what a member of the tenant may do, None for none; raises storage errors."""
        known = await self._fresh(member_id)
        return known.access if known is not None and known.tenant_id == tenant_id else None

    def drop(self, member_id: UUID) -> None:
        """Forget what a member may do, and tell those who act on it."""
        self._known.pop(member_id, None)
        for digest, (known, _) in list(self._vouched.items()):
            if known.token.member_id == member_id:
                del self._vouched[digest]
        # What is being read may have been read before the change: nobody may keep it.
        self._reading.pop(member_id, None)
        for tell in self._told:
            tell(member_id)

    def changed(self, change: IdentityChange) -> None:
        """Forget what is remembered of whom the feed names."""
        if change.user_id is not None:
            self.drop(change.user_id)

    def forget(self) -> None:
        """Forget what everyone may do: changes may have been missed."""
        self._vouched.clear()
        for member_id in {*self._known, *self._reading}:
            self.drop(member_id)

    def subscribe(self, tell: Callable[[UUID], None]) -> None:
        """Call back whenever a member's rights may have changed."""
        self._told.append(tell)

    def _holds(self, known: _MemberRights) -> bool:
        return self._is_current() or self._clock.monotonic() - known.read_at <= self._age_max_s

    def _stands(self, known: _KnownToken) -> bool:
        # Whatever ends a token drops its member: then the two are not the same any more.
        return self._known.get(known.token.member_id) is known.member and self._holds(known.member)

    async def _fresh(self, member_id: UUID) -> _MemberRights | None:
        known = self._known.get(member_id)
        return known if known is not None and self._holds(known) else await self._read(member_id)

    async def _read(self, member_id: UUID) -> _MemberRights | None:
        """Read a member's rights, once for all who ask at the same time."""
        while True:
            reading = self._reading.get(member_id)
            if reading is None:
                reading = asyncio.ensure_future(self._read_now(member_id))
                self._reading[member_id] = reading
                reading.add_done_callback(lambda done: self._end(member_id, done))
            known = await asyncio.shield(reading)
            if known is None or self._known.get(member_id) is known:
                return known
            # Dropped while it was read: who asked after the change must see it.

    async def _read_now(self, member_id: UUID) -> _MemberRights | None:
        own = asyncio.current_task()
        # Before the read: what it shows is at least as new as this.
        read_at = self._clock.monotonic()
        member = await self._members.of(member_id=member_id)
        if member is None:
            return None
        access = member.access if member.disabled_at is None else None
        known = _MemberRights(
            tenant_id=member.tenant_id,
            access=access,
            logged_in=access.until_changed() if access and member.first_password else access,
            read_at=read_at,
        )
        if self._reading.get(member_id) is own:
            self._known[member_id] = known
            self._known.move_to_end(member_id)
            while len(self._known) > self._kept_max:
                self._known.popitem(last=False)
        return known

    def _end(self, member_id: UUID, done: "asyncio.Task[_MemberRights | None]") -> None:
        if self._reading.get(member_id) is done:
            del self._reading[member_id]
        if not done.cancelled():
            # Whoever waited was told; with nobody left it must not be called unheard.
            done.exception()

    async def _first_look(self, digest: bytes) -> _KnownToken:
        if self._waiting >= LOOKUPS_WAITING_MAX:
            raise StorageUnavailable("too many unknown tokens wait to be looked up")
        self._waiting += 1
        try:
            async with self._lookups:
                return await self._read_token(digest)
        finally:
            self._waiting -= 1

    async def _read_token(self, digest: bytes) -> _KnownToken:
        before = self._known_tokens.get(digest)
        found = before.token if before is not None else await self._tokens.by_digest(digest)
        member = await self._fresh(found.member_id) if found is not None else None
        # Read behind its member: what ends it from now on drops the member, and is noticed.
        token = await self._tokens.by_digest(digest) if found is not None else None
        if token is None:
            raise InvalidToken("the personal access token is unknown")
        access = _access(member, tenant_id=token.tenant_id)
        assert member is not None
        principal = Principal(
            user_id=token.member_id,
            tenant_id=token.tenant_id,
            token_id=str(token.id),
            expires_at=token.expires_at,
            kind=PrincipalKind.AGENT if access.role is Role.AGENT else PrincipalKind.TOKEN,
            access=access.narrowed(scopes=token.scopes, accounts=token.accounts).with_operators(
                scopes=token.scopes
            ),
        )
        used_at = float("-inf") if before is None else before.used_at
        known = _KnownToken(token, member, principal, used_at)
        self._known_tokens[digest] = known
        while len(self._known_tokens) > self._kept_max:
            self._known_tokens.popitem(last=False)
        return known

    async def _note_use(self, known: _KnownToken) -> None:
        now = self._clock.monotonic()
        if now - known.used_at < USED_EVERY_S:
            return
        known.used_at = now
        # Good to know, and no reason to turn anyone away.
        with contextlib.suppress(StorageUnavailable):
            await self._tokens.used(token_id=known.token.id, at=self._clock.now())


def _access(known: _MemberRights | None, *, tenant_id: UUID) -> Access:
    if known is None or known.tenant_id != tenant_id:
        raise InvalidToken("the token's user is no member of its tenant")
    if known.access is None:
        raise InvalidToken("the token's user is disabled")
    return known.access
