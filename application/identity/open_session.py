"""Open a session for somebody whose password was right."""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from application.identity.deps import IdentityDeps
from application.identity.login_entries import opened_entry, refused_entry
from application.identity.login_memory import LoginMemory
from application.identity.login_try import LoginTry
from application.identity.sessions_before import end_on_device, make_room
from application.identity.try_source import device_of_token
from domain.identity.access import NOTHING, Access
from domain.identity.factors import FactorKind, Recovery
from domain.identity.login_features import LoginFeatures
from domain.identity.one_time import Prefix, digest_of
from domain.identity.refresh import RefreshToken
from domain.identity.session import LABEL_MAX, Device, Session
from domain.identity.tenant import User
from ports.factors_of import FactorsOf
from ports.identity_scope import IdentityScope

# When a session was authenticated that is yet to be.
NEVER = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenedSession:
    """A session, and what is told of it once."""

    session: Session
    refresh_token: str | None = field(default=None, repr=False)
    device_token: str | None = field(default=None, repr=False)
    # Who is let in without a factor does not cancel it, and has to hear of it.
    recovery: Recovery | None = None
    # What its user may do as of now: their token says what they may stop.
    access: Access = NOTHING


async def rights_of(scope: IdentityScope, session: Session) -> Access:
    """Return what the user of a session may do, as of this transaction."""
    member = await scope.members.get(tenant_id=session.tenant_id, member_id=session.user_id)
    if member is None:
        return NOTHING
    return member.access.until_changed() if member.first_password else member.access


async def still_right(
    scope: IdentityScope, user: User, *, at: datetime, renewed_hash: str | None = None
) -> User | None:
    """Return the stored user if the password that was checked still lets them in.

    renewed_hash takes the place of the hash that it was checked against.
    """
    stored = await scope.users.get(user.id)
    if (
        stored is None
        or stored.disabled_at is not None
        or stored.password_hash != user.password_hash
        or not stored.may_use_password(at)
    ):
        return None
    if renewed_hash is not None:
        stored = replace(stored, password_hash=renewed_hash)
        await scope.users.update(stored)
    return stored


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenSession:
    """Store a session with its device and its first refresh token."""

    deps: IdentityDeps
    memory: LoginMemory
    # How long a session without a refresh token lasts: as long as an access token.
    script_lasts: timedelta

    async def __call__(
        self,
        user: User,
        tried: LoginTry,
        *,
        renewed_hash: str | None = None,
        unconfirmed: bool = False,
        doubts: tuple[str, ...] = (),
        features: LoginFeatures | None = None,
        lacking: FactorsOf | None = None,
    ) -> OpenedSession | None:
        """Return the session; None when the user is disabled or has another password by now.

        lacking is what the user was found without: who has of it by now is not let in either.

        renewed_hash takes the place of the hash that the password was checked against. An
        unconfirmed session counts as never authenticated: what is sensitive asks again.
        doubts are the reasons why the log-in looks strange, features how it compares with those
        before, where that is known.
        """

        async def work(scope: IdentityScope) -> OpenedSession | None:
            at = self.deps.clock.now()
            stored = await still_right(scope, user, at=at, renewed_hash=renewed_hash)
            if stored is None:
                return None
            if lacking is not None and await lacking.within(scope, user_id=stored.id):
                return None
            known_at = NEVER if unconfirmed else at
            return await self.within(
                scope,
                stored,
                tried=tried,
                at=at,
                known_at=known_at,
                doubts=doubts,
                features=features,
            )

        return await self.deps.attempt(work)

    async def within(
        self,
        scope: IdentityScope,
        stored: User,
        *,
        tried: LoginTry,
        at: datetime,
        known_at: datetime,
        factor: FactorKind | None = None,
        doubts: tuple[str, ...] = (),
        features: LoginFeatures | None = None,
    ) -> OpenedSession:
        """Open the session in a transaction that has the user; factor is what was shown.

        It counts as authenticated at known_at.
        """
        refresh = self.deps.secret(Prefix.REFRESH) if tried.lasting else None
        fresh = self.deps.secret(Prefix.DEVICE) if tried.lasting else None
        recovery = await scope.factors.recovery(stored.id)
        known = await self._known(scope, stored, tried)
        told = await end_on_device(scope, known, at=at)
        told += await make_room(scope, stored, at=at, open_max=self.deps.limits.open_max)
        device, device_token = await self._device(
            scope, stored, tried, known=known, fresh=fresh, at=at, proven=factor is not None
        )
        session = self._session(stored, tried, device=device, at=at)
        session = replace(session, authenticated_at=known_at)
        await scope.sessions.add(session)
        if refresh is not None:
            token = RefreshToken(
                digest=digest_of(refresh),
                tenant_id=stored.tenant_id,
                session_id=session.id,
                issued_at=at,
            )
            await scope.refreshes.add(token)
        ended = [one.session_id for one in told]
        await scope.audit.add(
            opened_entry(
                self.deps, stored, session=session, tried=tried, factor=factor, ended=ended
            )
        )
        await self.memory.opened(
            scope,
            stored,
            session=session,
            known=known,
            told=tried.fingerprint,
            features=features,
            doubts=doubts,
            shown=factor is not None,
            trace_id=tried.trace_id,
        )
        for change in told:
            await scope.endings.tell(change)
        return OpenedSession(
            session=session,
            refresh_token=refresh,
            device_token=device_token,
            recovery=recovery,
            access=await rights_of(scope, session),
        )

    async def refused(self, user: User | None, tried: LoginTry) -> None:
        """Keep in the audit trail that somebody was not let in; None is nobody's address."""

        async def work(scope: IdentityScope) -> None:
            await scope.audit.add(refused_entry(self.deps, user, tried=tried))
            if user is not None:
                await self.memory.refused(scope, user, visitor=tried.visitor)

        await self.deps.attempt(work)

    async def _known(self, scope: IdentityScope, user: User, tried: LoginTry) -> Device | None:
        """Return the user's device whose token was given, None for a new one or a script's."""
        if not tried.lasting:
            return None
        return await device_of_token(scope, user, token=tried.device_token)

    async def _device(
        self,
        scope: IdentityScope,
        user: User,
        tried: LoginTry,
        *,
        known: Device | None,
        fresh: str | None,
        at: datetime,
        proven: bool,
    ) -> tuple[Device | None, str | None]:
        """Return the device and its token: the one that is known, else a new one.

        proven says that a second factor was shown on it.
        """
        if fresh is None:
            return None, None
        label = (tried.device_label or tried.visitor.user_agent)[:LABEL_MAX]
        if known is not None:
            # One that its user named keeps that name, unless the log-in gives another.
            device = known.seen(at=at, label=tried.device_label, told=tried.fingerprint)
            if proven:
                device = device.proven(
                    at, network=tried.visitor.network, tokens_from=user.tokens_from
                )
            await scope.devices.keep(device)
            return device, tried.device_token
        device = Device(
            id=self.deps.ids.new(),
            tenant_id=user.tenant_id,
            user_id=user.id,
            digest=digest_of(fresh),
            label=label,
            created_at=at,
            seen_at=at,
            fingerprint=tried.fingerprint,
        )
        if proven:
            device = device.proven(at, network=tried.visitor.network)
        await scope.devices.keep(device)
        return device, fresh

    def _session(
        self, user: User, tried: LoginTry, *, device: Device | None, at: datetime
    ) -> Session:
        limits = self.deps.limits
        idle, lasts = limits.idle, limits.absolute
        if tried.remember:
            idle, lasts = limits.remembered_idle, limits.remembered_absolute
        if not tried.lasting:
            idle = lasts = self.script_lasts
        return Session(
            id=self.deps.ids.new(),
            tenant_id=user.tenant_id,
            user_id=user.id,
            device_id=device.id if device is not None else None,
            device_label=device.label if device is not None else tried.device_label[:LABEL_MAX],
            visitor=tried.visitor,
            opened_at=at,
            authenticated_at=at,
            used_at=at,
            idle=idle,
            expires_at=at + lasts,
        )
