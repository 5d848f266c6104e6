"""Decide what a log-in with the right password still has to show."""

from dataclasses import dataclass
from datetime import datetime

from application.identity.login_memory import LoginMemory
from application.identity.open_session import LoginTry
from application.identity.trust import trust_from
from domain.identity.demand import Demand
from domain.identity.login_features import LoginFeatures, LoginPast
from domain.identity.login_risk import LOGINS_MIN, UNJUDGED, UNUSUAL, ruled_strange
from domain.identity.session import Device
from domain.identity.tenant import User
from ports.identity_scope import IdentityScope
from ports.login_anomaly import LoginAnomaly, Unscored
from ports.storage import StorageCorrupt, StorageUnavailable


@dataclass(frozen=True, slots=True, kw_only=True)
class Assess:
    """A trusted device and an ordinary log-in go without a second factor; all others do not.

    What looks strange opens an unconfirmed session for a user who has no second factor. Nobody
    is refused, and what cannot be judged is asked for the second factor.
    """

    memory: LoginMemory
    anomaly: LoginAnomaly
    # From this score on a log-in is strange.
    strange_from: float

    async def __call__(self, user: User, tried: LoginTry, device: Device | None) -> Demand:
        """Return what is demanded; device is one that is known by its token as the user's."""
        deps = self.memory.deps
        try:
            past, since = await deps.look(lambda scope: _known_of(scope, user))
            features = self.memory.compared(
                past,
                visitor=tried.visitor,
                known=device,
                told=tried.fingerprint,
                lasting=tried.lasting,
            )
            doubts = ruled_strange(features)
            if await self._is_strange(user, features, past=past, ruled=bool(doubts)):
                doubts += (UNUSUAL,)
        except (StorageCorrupt, StorageUnavailable, Unscored):
            return Demand(reasons=(UNJUDGED,))
        if doubts:
            return Demand(unconfirmed=True, reasons=doubts)
        now = deps.clock.now()
        trusted = device is not None and device.is_trusted(now, tokens_from=since)
        # Whoever copied a device's token seldom has its screen and language, too.
        return Demand(second_factor=not trusted or features.fingerprint_changed)

    async def _is_strange(
        self, user: User, features: LoginFeatures, *, past: LoginPast, ruled: bool
    ) -> bool:
        own = past.learned
        if len(own) < LOGINS_MIN:
            return False
        try:
            score = await self.anomaly.score(user_id=user.id, past=own, now=features)
        except Unscored:
            if not ruled:
                raise
            # Strange as it is: that no score comes, which anybody can bring about, is no excuse.
            return False
        return score is not None and score >= self.strange_from


async def _known_of(scope: IdentityScope, user: User) -> tuple[LoginPast, datetime | None]:
    """Return how a user logged in before, and from when on their trust in devices counts."""
    return await scope.logins.past(user.id), await trust_from(scope, user)
