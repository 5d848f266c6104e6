"""What a log-in with a second factor keeps and writes down: all of it, and exactly."""

from dataclasses import dataclass, replace
from datetime import timedelta
from uuid import UUID

import pytest

from application.identity.challenges import (
    ChallengeAnswer,
    ChallengeOpened,
    ChallengeOver,
    Challenges,
    OpenChallenge,
)
from application.identity.factor_tries import ProofRefused
from application.identity.issued import IssuedToken
from application.identity.login_try import LoginTry
from application.identity.proofs import Spend
from domain.identity.factors import Challenge, FactorKind, FactorLimits
from domain.identity.fingerprint import Fingerprint
from domain.identity.one_time import LENGTH_MAX, digest_of
from domain.identity.session import Visitor
from domain.identity.tenant import User
from tests.unit.application.identity.door import EMAIL, HOME
from tests.unit.application.identity.rig import THERE, TRACE, Rig, Waits, shows

TOLD = Fingerprint(agent="firefox", platform="linux")
KINDS = frozenset({FactorKind.TOTP, FactorKind.PASSKEY})


@dataclass(frozen=True, slots=True)
class Stair:
    """The room's challenges."""

    rig: Rig

    @property
    def challenges(self) -> Challenges:
        return Challenges(
            deps=self.rig.deps,
            users=self.rig.users,
            tokens=self.rig.tokens,
            throttle=self.rig.throttle,
            tries=self.rig.tries,
            open=self.rig.open,
        )

    async def opened(
        self,
        *,
        remember: bool = False,
        label: str = "Desk",
        visitor: Visitor = HOME,
        renewed_hash: str | None = None,
    ) -> ChallengeOpened:
        """Log in with the right password."""
        tried = LoginTry(
            email=EMAIL,
            password="right",
            visitor=visitor,
            trace_id=TRACE,
            lasting=True,
            remember=remember,
            device_label=label,
        )
        ask = OpenChallenge(deps=self.rig.deps, limits=FactorLimits())
        made = await ask(self.rig.owner, tried, kinds=KINDS, renewed_hash=renewed_hash)
        assert made is not None
        return made


@pytest.fixture
def rig() -> Rig:
    return Rig()


@pytest.fixture
def stair(rig: Rig) -> Stair:
    return Stair(rig)


@pytest.mark.parametrize(
    ("label", "agent", "kept"),
    [("Desk", "there", "Desk"), ("", "there", "there"), ("x" * 101, "", "x" * 100), ("", "", "")],
)
async def test_a_challenge_keeps_what_the_log_in_asked_for(
    rig: Rig, stair: Stair, label: str, agent: str, kept: str
) -> None:
    visitor = replace(THERE, user_agent=agent)
    for remember in (False, True):
        made = await stair.opened(remember=remember, label=label, visitor=visitor)
        *_, stored = rig.database.challenges.values()
        assert stored == Challenge(
            id=stored.id,
            tenant_id=rig.tenant.id,
            user_id=rig.owner.id,
            digest=digest_of(made.token),
            created_at=rig.clock.now(),
            expires_at=rig.clock.now() + timedelta(minutes=5),
            lasting=True,
            remember=remember,
            device_label=kept,
        )
        assert (made.kinds, made.expires_at) == (sorted(KINDS), stored.expires_at)
        assert rig.fresh() == [rig.entry("identity.challenge", ("challenge", str(stored.id)))]


async def test_a_hash_of_old_is_renewed_before_the_second_factor(rig: Rig, stair: Stair) -> None:
    await stair.opened(renewed_hash="a newer hash")
    assert rig.database.users[rig.owner.id] == replace(rig.owner, password_hash="a newer hash")


@pytest.mark.parametrize(("remember", "days"), [(False, 0.5), (True, 30)])
async def test_the_session_is_what_was_asked_for_from_where_it_is_answered(
    rig: Rig, stair: Stair, remember: bool, days: float
) -> None:
    made = await stair.opened(remember=remember)
    rig.fresh()
    rig.clock.advance(60)
    issued = await stair.challenges.answer(
        ChallengeAnswer(
            token=made.token,
            proof=shows(FactorKind.TOTP),
            visitor=THERE,
            trace_id=TRACE,
            fingerprint=TOLD,
        )
    )
    assert isinstance(issued, IssuedToken)
    session_id = issued.principal.session_id
    assert session_id is not None
    session = rig.database.sessions[session_id]
    assert (session.visitor, session.device_label) == (THERE, "Desk")
    assert session.authenticated_at == session.opened_at == rig.clock.now()
    assert session.expires_at - session.opened_at == timedelta(days=days)
    assert session.device_id is not None
    assert rig.database.devices[session.device_id].fingerprint == TOLD
    assert [one.used_at for one in rig.database.challenges.values()] == [rig.clock.now()]
    detail = (
        ("device", "Desk"),
        ("session", str(session_id)),
        ("lasting", "true"),
        ("remember", str(remember).lower()),
        ("method", "password"),
        ("factor", "totp"),
    )
    where = (("device", "Desk"), ("ip", THERE.ip), ("place", ""), ("session", str(session_id)))
    assert rig.fresh() == [
        rig.entry("identity.login", *detail),
        rig.entry("notice.new_device", *where),
    ]


async def test_a_wrong_proof_is_written_down_with_where_it_was_given(
    rig: Rig, stair: Stair
) -> None:
    made = await stair.opened()
    rig.fresh()
    wrong = ChallengeAnswer(token=made.token, proof=shows(None), visitor=HOME, trace_id=TRACE)
    assert await stair.challenges.answer(wrong) == ProofRefused()
    assert rig.fresh() == [rig.entry("factor.refused", ("at", "log-in"))]
    assert [one.tries for one in rig.database.challenges.values()] == [1]


async def test_answers_from_one_network_are_counted_before_they_are_looked_at(
    rig: Rig, stair: Stair
) -> None:
    made = await stair.opened()
    waits = Waits()
    slow = replace(stair.challenges, throttle=replace(rig.throttle, limits=waits))
    given = ChallengeAnswer(token=made.token, proof=shows(FactorKind.TOTP), visitor=THERE)
    assert await slow.answer(given) == ProofRefused(retry_after_s=3)
    # The network's budget first; an open challenge has one of its own.
    assert waits.asked == [
        ("login-ip", THERE.ip),
        ("login-known", digest_of(made.token).hex()),
    ]
    # Nothing was used up by it.
    assert isinstance(await stair.challenges.answer(given), IssuedToken)


async def test_a_challenge_is_over_where_it_was_answered_since_it_was_looked_up(
    rig: Rig, stair: Stair
) -> None:
    made = await stair.opened()
    first = ChallengeAnswer(token=made.token, proof=shows(FactorKind.TOTP), visitor=HOME)

    async def slowly(user: User) -> Spend:
        assert isinstance(await stair.challenges.answer(first), IssuedToken)
        return await first.proof(user)

    assert await stair.challenges.answer(replace(first, proof=slowly)) == ChallengeOver()
    assert len(rig.database.sessions) == 1


async def test_who_is_disabled_since_the_password_does_not_come_in(rig: Rig, stair: Stair) -> None:
    made = await stair.opened()
    given = ChallengeAnswer(token=made.token, proof=shows(FactorKind.TOTP), visitor=HOME)
    rig.database.users[rig.owner.id] = replace(rig.owner, disabled_at=rig.clock.now())
    assert await stair.challenges.answer(given) == ChallengeOver()


@pytest.mark.parametrize(("length", "found"), [(LENGTH_MAX, True), (LENGTH_MAX + 1, False)])
async def test_what_is_longer_than_any_token_is_not_looked_up(
    rig: Rig, stair: Stair, length: int, found: bool
) -> None:
    await stair.opened()
    ((challenge_id, challenge),) = rig.database.challenges.items()
    rig.database.challenges[challenge_id] = replace(challenge, digest=digest_of("x" * length))
    user = await stair.challenges.whose("x" * length)
    assert user == (rig.owner if found else None)


async def test_a_challenge_is_looked_up_until_it_lapses_or_was_tried_too_often(
    rig: Rig, stair: Stair
) -> None:
    made = await stair.opened()
    ((challenge_id, challenge),) = rig.database.challenges.items()
    rig.database.challenges[challenge_id] = replace(challenge, tries=4)
    rig.clock.advance(299.999)
    assert await stair.challenges.whose(made.token) == rig.owner
    rig.database.challenges[challenge_id] = replace(challenge, tries=5)
    assert await stair.challenges.whose(made.token) is None
    rig.database.challenges[challenge_id] = challenge
    rig.clock.advance(0.001)
    assert await stair.challenges.whose(made.token) is None
    assert await stair.challenges.whose(str(UUID(int=1))) is None
