"""Exchange a refresh token for new tokens, once; end the session when it comes again."""

from dataclasses import dataclass, field, replace
from datetime import datetime

from application.identity.deps import IdentityDeps, actor_of, end_one
from application.identity.issued import IssuedToken, issued
from application.identity.open_session import OpenedSession, rights_of
from domain.identity.one_time import (
    LENGTH_MAX,
    SECRET_BYTES,
    digest_of,
    successor_of,
)
from domain.identity.refresh import RefreshToken, Verdict, judge
from domain.identity.session import Session, SessionEnd, Visitor
from ports.identity import AccessTokens
from ports.identity_scope import IdentityScope


@dataclass(frozen=True, slots=True, kw_only=True)
class RefreshTry:
    """A refresh token with the token of the device that it was given to."""

    token: str = field(repr=False)
    device_token: str = field(repr=False)
    visitor: Visitor = field(default_factory=Visitor)
    trace_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RefreshRefused:
    """The token is unknown, or its session is over; reused says that it is over just now."""

    reused: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Refresh:
    """Rotate refresh tokens.

    Each is good once, for the device that it was given to. When the reply is lost the same
    device may ask again for a few seconds and gets the same successor: it is not stored but
    made anew from the token, which only its holder has, and a salt, which only we have.
    """

    deps: IdentityDeps
    tokens: AccessTokens

    async def __call__(self, tried: RefreshTry) -> IssuedToken | RefreshRefused:
        """Return new tokens or the refusal; raises storage errors."""
        if max(len(tried.token), len(tried.device_token)) > LENGTH_MAX:
            return RefreshRefused()
        done = await self.deps.attempt(lambda scope: self._rotate(scope, tried))
        return done if isinstance(done, RefreshRefused) else issued(self.tokens, done)

    async def _rotate(
        self, scope: IdentityScope, tried: RefreshTry
    ) -> OpenedSession | RefreshRefused:
        digest = digest_of(tried.token)
        found = await scope.refreshes.get(digest)
        session = await scope.sessions.get(found.session_id) if found is not None else None
        # Once more, now that nobody else can rotate the session's tokens.
        token = await scope.refreshes.get(digest)
        if token is None or session is None:
            return RefreshRefused()
        at = self.deps.clock.now()
        device = await scope.devices.find(digest_of(tried.device_token))
        following, successor = None, None
        if token.salt is not None:
            following = successor_of(tried.token, salt=token.salt)
            successor = await scope.refreshes.get(digest_of(following))
        verdict = judge(
            token,
            session=session,
            device_id=device.id if device is not None else None,
            successor=successor,
            now=at,
            retry=self.deps.limits.retry,
        )
        match verdict:
            case Verdict.ROTATE:
                following = await self._follow(scope, token, tried=tried, at=at)
            case Verdict.STOLEN:
                await self._end(scope, session, tried=tried, at=at)
                return RefreshRefused(reused=True)
            case Verdict.LAPSED | Verdict.ENDED:
                return RefreshRefused()
            case Verdict.REPEAT:
                pass
        session = session.used(at=at, visitor=tried.visitor)
        await scope.sessions.update(session)
        return OpenedSession(
            session=session,
            refresh_token=following,
            device_token=tried.device_token,
            recovery=await scope.factors.recovery(session.user_id),
            access=await rights_of(scope, session),
        )

    async def _follow(
        self, scope: IdentityScope, token: RefreshToken, *, tried: RefreshTry, at: datetime
    ) -> str:
        salt = self.deps.randomness.token(SECRET_BYTES)
        following = successor_of(tried.token, salt=salt)
        successor = RefreshToken(
            digest=digest_of(following),
            tenant_id=token.tenant_id,
            session_id=token.session_id,
            issued_at=at,
        )
        await scope.refreshes.rotate(replace(token, used_at=at, salt=salt), successor=successor)
        return following

    async def _end(
        self, scope: IdentityScope, session: Session, *, tried: RefreshTry, at: datetime
    ) -> None:
        told = await end_one(scope, session, at=at, end=SessionEnd.REUSED)
        await scope.audit.add(
            self.deps.entry(
                tenant_id=session.tenant_id,
                actor=actor_of(session.user_id),
                action="session.reuse",
                subject=str(session.id),
                at=at,
                trace_id=tried.trace_id,
                detail=(("device", session.device_label), ("ip", tried.visitor.ip)),
            )
        )
        await scope.endings.tell(told)
