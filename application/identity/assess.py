"""Decide what a log-in with the right password still has to show."""

from collections.abc import Sequence
from dataclasses import dataclass

from application.identity.login_memory import LoginMemory
from application.identity.login_try import LoginTry
from application.identity.trust import trust_with
from domain.identity.demand import Demand
from domain.identity.login_features import LoginFeatures, LoginHabits, LoginRecord
from domain.identity.login_risk import LOGINS_MIN, UNJUDGED, UNUSUAL, ruled_strange
from domain.identity.session import Device
from domain.identity.tenant import User
from ports.identity import People
from ports.login_anomaly import LoginAnomaly, Unscored
from ports.storage import StorageCorrupt, StorageUnavailable


@dataclass(frozen=True, slots=True, kw_only=True)
class Assess:
    """A trusted device and an ordinary log-in go without a second factor; all others do not.

    What looks strange opens an unconfirmed session for a user who has no second factor. Nobody
    is refused, and what cannot be judged is asked for the second factor.
    """

    memory: LoginMemory
    people: People
    anomaly: LoginAnomaly
    # From this score on a log-in is strange.
    strange_from: float

    async def __call__(self, user: User, tried: LoginTry, device: Device | None) -> Demand:
        """Return what is demanded; device is one that is known by its token as the user's."""
        deps = self.memory.deps
        try:
            habits, ways = await self.people.known_by(user)
            features = self.memory.compared(
                habits,
                visitor=tried.visitor,
                known=device,
                told=tried.fingerprint,
                lasting=tried.lasting,
            )
            doubts = ruled_strange(features)
            if await self._is_strange(user, features, habits=habits, ruled=bool(doubts)):
                doubts += (UNUSUAL,)
        except (StorageCorrupt, StorageUnavailable, Unscored):
            return Demand(reasons=(UNJUDGED,))
        if doubts:
            return Demand(unconfirmed=True, reasons=doubts, features=features, kinds=ways.kinds)
        now, since = deps.clock.now(), trust_with(user, ways)
        trusted = device is not None and device.is_trusted(now, tokens_from=since)
        # Whoever copied a device's token seldom has its screen and language, too.
        asked = not trusted or features.fingerprint_changed
        return Demand(second_factor=asked, features=features, kinds=ways.kinds)

    async def _is_strange(
        self, user: User, features: LoginFeatures, *, habits: LoginHabits, ruled: bool
    ) -> bool:
        if habits.logins < LOGINS_MIN:
            return False

        async def past() -> Sequence[LoginRecord]:
            read = await self.memory.deps.look(lambda scope: scope.logins.past(user.id))
            return read.learned

        try:
            score = await self.anomaly.score(
                user_id=user.id, newest=habits.newest, past=past, now=features
            )
        except Unscored:
            if not ruled:
                raise
            # Strange as it is: that no score comes, which anybody can bring about, is no excuse.
            return False
        return score is not None and score >= self.strange_from
