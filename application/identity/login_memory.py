"""Remember how users log in, and compare one more log-in with that."""

from dataclasses import dataclass

from application.identity.deps import IdentityDeps
from application.identity.notify import notify
from domain.identity.fingerprint import Fingerprint
from domain.identity.login_features import (
    LoginFailure,
    LoginFeatures,
    LoginHabits,
    LoginNow,
    LoginRecord,
    features_of,
    network_around,
)
from domain.identity.notice import NEW_DEVICE, UNUSUAL_LOGIN
from domain.identity.session import Device, Session, Visitor
from domain.identity.tenant import User
from ports.geo_lookup import GeoLookup
from ports.identity_scope import IdentityScope


@dataclass(frozen=True, slots=True, kw_only=True)
class LoginMemory:
    """What every way of logging in tells of it, within its own transaction."""

    deps: IdentityDeps
    geo_lookup: GeoLookup

    def compared(
        self,
        habits: LoginHabits,
        *,
        visitor: Visitor,
        known: Device | None,
        told: Fingerprint | None,
        lasting: bool,
    ) -> LoginFeatures:
        """Return how a log-in that comes now is like those before.

        known is the device as it was before; told is what it says of itself now; lasting is
        false for a script's log-in, which has no device.
        """
        now = self._now(visitor, known=known, told=told, lasting=lasting)
        return features_of(now, habits=habits)

    async def opened(
        self,
        scope: IdentityScope,
        user: User,
        *,
        session: Session,
        known: Device | None = None,
        told: Fingerprint | None = None,
        features: LoginFeatures | None = None,
        doubts: tuple[str, ...] = (),
        shown: bool = False,
        trace_id: str = "",
    ) -> None:
        """Remember a log-in that opened a session, and tell the user what is new about it.

        known is its device as it was before, None where it is new or a script's. doubts are
        the reasons why it looks strange, and features how it compares with those before, where
        that was asked just now; shown says that a second factor was shown, or a
        passkey. Strange and not shown, it does not count as the user's own until confirmed.
        """
        now = self._now(
            session.visitor, known=known, told=told, lasting=session.device_id is not None
        )
        if features is None:
            features = features_of(now, habits=await scope.logins.habits(user.id))
        await scope.logins.add(
            LoginRecord(
                id=session.id,
                tenant_id=user.tenant_id,
                user_id=user.id,
                at=session.opened_at,
                network=now.network,
                place=now.place,
                device_id=session.device_id,
                features=features,
                learned=shown or not doubts,
            )
        )
        where = (
            ("device", session.device_label),
            ("ip", session.visitor.ip),
            ("place", now.place.label if now.place is not None else ""),
            ("session", str(session.id)),
        )
        if session.device_id is not None and known is None:
            await self._tell(scope, user, kind=NEW_DEVICE, detail=where, trace_id=trace_id)
        if doubts:
            detail = (*where, ("reasons", "; ".join(doubts)))
            await self._tell(scope, user, kind=UNUSUAL_LOGIN, detail=detail, trace_id=trace_id)

    async def refused(self, scope: IdentityScope, user: User, *, visitor: Visitor) -> None:
        """Remember a wrong password at the address of a user."""
        await scope.logins.fail(
            LoginFailure(
                id=self.deps.ids.new(),
                tenant_id=user.tenant_id,
                user_id=user.id,
                at=self.deps.clock.now(),
                network=network_around(visitor.ip),
            )
        )

    async def confirmed(self, scope: IdentityScope, session: Session) -> None:
        """Count the log-in of a session as its user's own: they have shown who they are."""
        await scope.logins.confirm(session.id)

    async def _tell(
        self,
        scope: IdentityScope,
        user: User,
        *,
        kind: str,
        detail: tuple[tuple[str, str], ...],
        trace_id: str,
    ) -> None:
        await notify(scope, user, kind=kind, detail=detail, deps=self.deps, trace_id=trace_id)

    def _now(
        self,
        visitor: Visitor,
        *,
        known: Device | None,
        told: Fingerprint | None,
        lasting: bool,
    ) -> LoginNow:
        return LoginNow(
            at=self.deps.clock.now(),
            network=network_around(visitor.ip),
            place=self.geo_lookup.place(visitor.ip),
            device_id=known.id if known is not None else None,
            without_device=not lasting,
            fingerprint_changed=known is not None and known.differs(told),
        )
