"""Tell that a user has one more factor; the first one ends what came in without."""

from dataclasses import dataclass, replace
from datetime import datetime

from application.identity.deps import Asking, IdentityDeps, actor_of, end_all
from application.identity.notify import notify
from domain.identity.change import ChangeKind, IdentityChange
from domain.identity.session import SessionEnd
from domain.identity.tenant import User
from ports.access import PersonalTokens
from ports.identity_scope import IdentityScope

FIRST_FACTOR = "factor.first"
Detail = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class EarlierAccess:
    """What let the user in before the factor was there.

    sessions_ended were ended by it, sessions_open are others that go on, personal_tokens are
    good still: no factor is asked of a script.
    """

    sessions_ended: int
    sessions_open: int
    personal_tokens: int

    @property
    def detail(self) -> Detail:
        """Return it as the audit trail and the notice tell it."""
        return (
            ("sessions_ended", str(self.sessions_ended)),
            ("sessions_open", str(self.sessions_open)),
            ("personal_tokens", str(self.personal_tokens)),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class NewFactor:
    """A factor that a user has from now on: what it is, who added it, and when.

    named tells it from the user's others. first says that there was none before; keep_others,
    that whoever came in then may stay; personal_tokens, how many scripts do in any case.
    """

    named: Detail
    asking: Asking
    at: datetime
    first: bool
    keep_others: bool
    personal_tokens: int

    @property
    def ends_others(self) -> bool:
        """Tell whether the user's other sessions end by it."""
        return self.first and not self.keep_others


@dataclass(frozen=True, slots=True, kw_only=True)
class FactorAdded:
    """What follows from a factor that was added, within the transaction that adds it.

    Whoever came in before the first one had only to know the password, so their sessions end,
    but for the one that asks, unless it asks for them to go on.
    """

    deps: IdentityDeps
    personal: PersonalTokens

    async def good_tokens(self, asking: Asking) -> int:
        """Return how many personal access tokens let in as who asks; before the transaction."""
        principal, now = asking.principal, self.deps.clock.now()
        found = await self.personal.list(tenant_id=principal.tenant_id, member_id=principal.user_id)
        return sum(one.is_good(now=now) for one in found)

    async def __call__(self, scope: IdentityScope, user: User, new: NewFactor) -> EarlierAccess:
        """End what is to end, audit it and tell the user; the last thing of a transaction."""
        own = new.asking.principal.session_id
        there = await scope.sessions.open_of(user.id)
        others = sum(one.id != own and one.is_open(new.at) for one in there)
        earlier = EarlierAccess(
            sessions_ended=others if new.ends_others else 0,
            sessions_open=0 if new.ends_others else others,
            personal_tokens=new.personal_tokens,
        )
        await notify(
            scope,
            user,
            kind="factor_added",
            detail=(*new.named, *earlier.detail) if new.first else new.named,
            deps=self.deps,
            trace_id=new.asking.trace_id,
        )
        if new.first:
            await self._record(scope, user, new, earlier=earlier)
        if new.ends_others:
            await self._end(scope, user, new)
        return earlier

    async def _record(
        self, scope: IdentityScope, user: User, new: NewFactor, *, earlier: EarlierAccess
    ) -> None:
        await scope.audit.add(
            self.deps.entry(
                tenant_id=user.tenant_id,
                actor=new.asking.principal.actor,
                action=FIRST_FACTOR,
                subject=actor_of(user.id),
                at=new.at,
                trace_id=new.asking.trace_id,
                detail=earlier.detail,
            )
        )

    async def _end(self, scope: IdentityScope, user: User, new: NewFactor) -> None:
        principal = new.asking.principal
        own, signed_at = principal.session_id, principal.authenticated_at
        ended, _ = await end_all(scope, user, at=new.at, end=SessionEnd.FIRST_FACTOR, but=own)
        if own is None and signed_at is not None:
            # A token without a session asks: it goes on, and those from before it do not.
            since = user.tokens_from
            ended = replace(ended, tokens_from=max(signed_at, since) if since else signed_at)
        await scope.users.update(ended)
        await scope.endings.tell(
            IdentityChange(
                tenant_id=user.tenant_id, user_id=user.id, kind=ChangeKind.SESSIONS_ENDED, at=new.at
            )
        )
