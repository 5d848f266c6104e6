"""Coming in by a passkey: the session it opens, the refusals, and the passkey as a factor."""

from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from application.identity.challenges import ChallengeOpened, ChallengeOver, OpenChallenge
from application.identity.factor_tries import ProofRefused
from application.identity.issued import IssuedToken
from application.identity.login import LoginRefused
from application.identity.login_try import LoginTry
from application.identity.passkey_factor import NoPasskey
from application.identity.passkey_login import PasskeyTry, TooSoon
from application.identity.passkey_use import PasskeyOptions
from domain.audit.entry import NOBODY
from domain.identity.factors import FactorKind, FactorLimits, Recovery
from domain.identity.one_time import digest_of
from domain.identity.passkey import CHALLENGE_LASTS
from domain.identity.session import Visitor
from ports.passkeys import Assertion
from ports.rate_limits import RateLimit
from tests.authenticator import Authenticator, Twist
from tests.unit.application.identity.door import EMAIL, HOME, NOW
from tests.unit.application.identity.passkey_rig import PasskeyRig, browser, sent
from tests.unit.application.identity.rig import HOUR, THERE, TRACE, Waits


@pytest.fixture
def rig() -> PasskeyRig:
    return PasskeyRig()


def tried(answer: Assertion, **given: Any) -> PasskeyTry:
    # Fields by name: mypy cannot tell which is of what type.
    whole: dict[str, Any] = {"visitor": THERE, "trace_id": TRACE, **given}
    return PasskeyTry(sent=answer, **whole)


@pytest.mark.parametrize(("remember", "days"), [(False, 0.5), (True, 30)])
async def test_a_passkey_opens_a_session_and_cancels_a_recovery(
    rig: PasskeyRig, remember: bool, days: float
) -> None:
    device = Authenticator()
    await rig.owned(device)
    asked = Recovery(
        id=rig.ids.new(),
        tenant_id=rig.tenant.id,
        user_id=rig.owner.id,
        asked_at=NOW,
        effective_at=NOW + 48 * HOUR,
    )
    rig.database.recoveries[asked.id] = asked
    rig.clock.advance(60)
    answer = await rig.answer(device)
    issued = await rig.passkeys.login(tried(answer, remember=remember, device_label="Phone"))
    assert isinstance(issued, IssuedToken)
    assert issued.refresh is not None
    (session,) = rig.database.sessions.values()
    assert (session.id, session.user_id) == (issued.principal.session_id, rig.owner.id)
    assert (session.visitor, session.device_label) == (THERE, "Phone")
    assert session.authenticated_at == session.opened_at == rig.clock.now()
    assert session.expires_at - session.opened_at == timedelta(days=days)
    canceled = (("recovery", str(asked.id)), ("why", "passkey shown"))
    detail = (
        ("device", "Phone"),
        ("session", str(session.id)),
        ("lasting", "true"),
        ("remember", str(remember).lower()),
        ("method", "passkey"),
        ("factor", "passkey"),
    )
    where = (("device", "Phone"), ("ip", THERE.ip), ("place", ""), ("session", str(session.id)))
    assert rig.fresh() == [
        rig.entry("recovery.cancel", *canceled),
        rig.entry("notice.recovery_canceled", *canceled),
        rig.entry("identity.login", *detail),
        rig.entry("notice.new_device", *where),
    ]
    # On a device that is known nothing new is told.
    again = tried(await rig.answer(device), device_token=issued.refresh.device_token)
    issued = await rig.passkeys.login(again)
    assert isinstance(issued, IssuedToken)
    assert [one.action for one in rig.fresh()] == ["identity.login"]


async def test_a_refusal_is_written_down_with_its_reason(rig: PasskeyRig) -> None:
    device = Authenticator()
    made = await rig.owned(device)
    rig.clock.advance(60)
    wrong = await rig.answer(device, twist=Twist(signed=b"other"))
    assert await rig.passkeys.login(tried(wrong)) == LoginRefused()
    (failure,) = rig.database.login_failures.values()
    assert (failure.user_id, failure.network) == (rig.owner.id, "198.51.100.0/24")
    said = ("method", "passkey")
    assert rig.fresh() == [rig.entry("identity.login_failed", said, ("reason", "signature"))]
    # A copy is told too, and the refusal names what it was known by.
    copied = await rig.answer(device, twist=Twist(count=made.sign_count))
    assert await rig.passkeys.login(tried(copied)) == LoginRefused()
    *copy, refused = rig.fresh()
    assert [one.action for one in copy] == [
        "passkey.clone_suspected",
        "notice.passkey_clone_suspected",
    ]
    assert {one.trace_id for one in copy} == {TRACE}
    assert refused == rig.entry("identity.login_failed", said, ("reason", "sign_count"))
    rig.database.users[rig.owner.id] = replace(rig.owner, disabled_at=NOW)
    disabled = await rig.answer(device)
    assert await rig.passkeys.login(tried(disabled)) == LoginRefused()
    assert rig.fresh() == [rig.entry("identity.login_failed", said, ("reason", "disabled"))]


async def test_an_unknown_passkey_is_nobodys(rig: PasskeyRig) -> None:
    device = Authenticator()
    made = await rig.owned(device)
    answer = await rig.answer(device)
    del rig.database.passkeys[made.id]
    nobody = replace(
        rig.entry(
            "identity.login_failed",
            ("method", "passkey"),
            ("reason", "unknown"),
            actor="unknown",
            subject="unknown",
        ),
        tenant_id=NOBODY,
    )
    assert await rig.passkeys.login(tried(answer)) == LoginRefused()
    # The challenge is used up, and nobody's failure is counted.
    assert (rig.database.passkey_challenges, rig.database.login_failures) == ({}, {})
    assert rig.fresh() == [nobody]
    # So is that of a user who is gone since the passkey was found.
    rig.database.passkeys[made.id] = made
    answer = await rig.answer(device)

    class Stale:
        """Finds who is gone (part of port Users)."""

        async def find(self, *, user_id: UUID) -> object:
            assert user_id == rig.owner.id
            return rig.owner

    del rig.database.users[rig.owner.id]
    stale: Any = Stale()
    login = replace(rig.passkeys.login, users=stale)
    assert await login(tried(answer)) == LoginRefused()
    assert rig.fresh() == [nobody]


class Limits:
    """Notes what was asked; every wait is two and a half seconds."""

    def __init__(self) -> None:
        self.asked: list[tuple[RateLimit, str]] = []

    async def take(self, *, limit: RateLimit, key: str, cost: int = 1) -> float:
        self.asked.append((limit, key))
        return 2.5


async def test_questions_and_answers_of_a_network_are_counted_apart(rig: PasskeyRig) -> None:
    device = Authenticator()
    await rig.owned(device)
    answer = await rig.answer(device)
    limits = Limits()
    throttle = replace(rig.throttle, limits=limits, per_ip=6)
    login = replace(rig.passkeys.login, throttle=throttle)
    assert await login.options(THERE) == TooSoon(retry_after_s=3)
    assert await login(tried(answer)) == LoginRefused(retry_after_s=3)
    assert limits.asked == [
        (RateLimit(name="passkey-ip", per_s=0.1, burst=6), THERE.ip),
        (RateLimit(name="login-ip", per_s=0.1, burst=6), THERE.ip),
    ]
    # Who comes from nowhere that is known is not counted.
    asked = await login.options(Visitor())
    assert isinstance(asked, PasskeyOptions)
    assert asked.expires_at == NOW + CHALLENGE_LASTS
    assert len(limits.asked) == 2
    assert isinstance(await rig.passkeys.login(tried(answer)), IssuedToken)


async def challenged(rig: PasskeyRig) -> ChallengeOpened:
    """Log in with the right password."""
    ask = OpenChallenge(deps=rig.deps, limits=FactorLimits())
    opened = await ask(
        rig.owner,
        LoginTry(email=EMAIL, password="right", visitor=HOME, lasting=True),
        kinds=frozenset({FactorKind.PASSKEY}),
    )
    assert opened is not None
    return opened


async def test_a_challenge_of_a_password_asks_for_the_users_own_passkeys(rig: PasskeyRig) -> None:
    factor, opened = rig.passkeys.factor, await challenged(rig)
    assert await factor.for_challenge(opened.token, visitor=HOME) == NoPasskey()
    made = await rig.owned(Authenticator())
    # The first factor ends what was begun without it.
    assert await factor.for_challenge(opened.token, visitor=HOME) == ChallengeOver()
    opened = await challenged(rig)
    asked = await factor.for_challenge(opened.token, visitor=HOME)
    assert isinstance(asked, PasskeyOptions)
    assert asked.expires_at == NOW + CHALLENGE_LASTS
    told = browser(asked)
    assert (len(told["allowCredentials"]), told["userVerification"]) == (1, "preferred")
    assert await factor.for_challenge("blc_unknown", visitor=HOME) == ChallengeOver()
    waits = Waits()
    throttle = replace(rig.throttle, limits=waits)
    slow = replace(factor, challenges=replace(rig.challenges, throttle=throttle))
    told_to_wait = await slow.for_challenge(opened.token, visitor=THERE)
    assert told_to_wait == ProofRefused(retry_after_s=3)
    assert waits.asked == [
        ("login-ip", THERE.ip),
        ("login-known", digest_of(opened.token).hex()),
    ]
    assert rig.stored(made) == made


async def test_a_copy_that_steps_up_is_told_with_its_trace(rig: PasskeyRig) -> None:
    device = Authenticator()
    made = await rig.owned(device)
    asking = rig.asking(session_id=rig.session().id)
    asked = await rig.passkeys.factor.for_step_up(asking)
    assert isinstance(asked, PasskeyOptions)
    assert asked.expires_at == NOW + CHALLENGE_LASTS
    answer = sent(device.answer(browser(asked), twist=Twist(count=made.sign_count)))
    spend = await rig.passkeys.factor.steps_up(answer, asking=asking)(rig.owner)
    assert await rig.within(lambda scope: spend(scope, rig.clock.now())) is None
    assert {(one.action, one.trace_id) for one in rig.fresh()} == {
        ("passkey.clone_suspected", TRACE),
        ("notice.passkey_clone_suspected", TRACE),
    }


async def test_an_answer_without_its_challenge_is_worth_nothing(rig: PasskeyRig) -> None:
    device = Authenticator()
    made = await rig.owned(device)
    opened = await challenged(rig)
    asked = await rig.passkeys.factor.for_challenge(opened.token, visitor=HOME)
    assert isinstance(asked, PasskeyOptions)
    answer = sent(device.answer(browser(asked)))
    spend = await rig.passkeys.factor.answers(answer, token="blc_unknown")(rig.owner)
    assert await rig.within(lambda scope: spend(scope, rig.clock.now())) is None
    assert rig.stored(made) == made
