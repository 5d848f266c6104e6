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
from tests.unit.application.identity.passkey_room import PasskeyRoom, browser, sent
from tests.unit.application.identity.room import HOUR, THERE, TRACE, Waits


@pytest.fixture
def room() -> PasskeyRoom:
    return PasskeyRoom()


def tried(answer: Assertion, **given: Any) -> PasskeyTry:
    # Fields by name: mypy cannot tell which is of what type.
    whole: dict[str, Any] = {"visitor": THERE, "trace_id": TRACE, **given}
    return PasskeyTry(sent=answer, **whole)


@pytest.mark.parametrize(("remember", "days"), [(False, 0.5), (True, 30)])
async def test_a_passkey_opens_a_session_and_cancels_a_recovery(
    room: PasskeyRoom, remember: bool, days: float
) -> None:
    device = Authenticator()
    await room.owned(device)
    asked = Recovery(
        id=room.ids.new(),
        tenant_id=room.tenant.id,
        user_id=room.owner.id,
        asked_at=NOW,
        effective_at=NOW + 48 * HOUR,
    )
    room.database.recoveries[asked.id] = asked
    room.clock.advance(60)
    answer = await room.answer(device)
    issued = await room.passkeys.login(tried(answer, remember=remember, device_label="Phone"))
    assert isinstance(issued, IssuedToken)
    assert issued.refresh is not None
    (session,) = room.database.sessions.values()
    assert (session.id, session.user_id) == (issued.principal.session_id, room.owner.id)
    assert (session.visitor, session.device_label) == (THERE, "Phone")
    assert session.authenticated_at == session.opened_at == room.clock.now()
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
    assert room.fresh() == [
        room.entry("recovery.cancel", *canceled),
        room.entry("notice.recovery_canceled", *canceled),
        room.entry("identity.login", *detail),
        room.entry("notice.new_device", *where),
    ]
    # On a device that is known nothing new is told.
    again = tried(await room.answer(device), device_token=issued.refresh.device_token)
    issued = await room.passkeys.login(again)
    assert isinstance(issued, IssuedToken)
    assert [one.action for one in room.fresh()] == ["identity.login"]


async def test_a_refusal_is_written_down_with_its_reason(room: PasskeyRoom) -> None:
    device = Authenticator()
    made = await room.owned(device)
    room.clock.advance(60)
    wrong = await room.answer(device, twist=Twist(signed=b"other"))
    assert await room.passkeys.login(tried(wrong)) == LoginRefused()
    (failure,) = room.database.login_failures.values()
    assert (failure.user_id, failure.network) == (room.owner.id, "198.51.100.0/24")
    said = ("method", "passkey")
    assert room.fresh() == [room.entry("identity.login_failed", said, ("reason", "signature"))]
    # A copy is told too, and the refusal names what it was known by.
    copied = await room.answer(device, twist=Twist(count=made.sign_count))
    assert await room.passkeys.login(tried(copied)) == LoginRefused()
    *copy, refused = room.fresh()
    assert [one.action for one in copy] == [
        "passkey.clone_suspected",
        "notice.passkey_clone_suspected",
    ]
    assert {one.trace_id for one in copy} == {TRACE}
    assert refused == room.entry("identity.login_failed", said, ("reason", "sign_count"))
    room.database.users[room.owner.id] = replace(room.owner, disabled_at=NOW)
    disabled = await room.answer(device)
    assert await room.passkeys.login(tried(disabled)) == LoginRefused()
    assert room.fresh() == [room.entry("identity.login_failed", said, ("reason", "disabled"))]


async def test_an_unknown_passkey_is_nobodys(room: PasskeyRoom) -> None:
    device = Authenticator()
    made = await room.owned(device)
    answer = await room.answer(device)
    del room.database.passkeys[made.id]
    nobody = replace(
        room.entry(
            "identity.login_failed",
            ("method", "passkey"),
            ("reason", "unknown"),
            actor="unknown",
            subject="unknown",
        ),
        tenant_id=NOBODY,
    )
    assert await room.passkeys.login(tried(answer)) == LoginRefused()
    # The challenge is used up, and nobody's failure is counted.
    assert (room.database.passkey_challenges, room.database.login_failures) == ({}, {})
    assert room.fresh() == [nobody]
    # So is that of a user who is gone since the passkey was found.
    room.database.passkeys[made.id] = made
    answer = await room.answer(device)

    class Stale:
        """Finds who is gone (part of port Users)."""

        async def find(self, *, user_id: UUID) -> object:
            assert user_id == room.owner.id
            return room.owner

    del room.database.users[room.owner.id]
    stale: Any = Stale()
    login = replace(room.passkeys.login, users=stale)
    assert await login(tried(answer)) == LoginRefused()
    assert room.fresh() == [nobody]


class Limits:
    """Notes what was asked; every wait is two and a half seconds."""

    def __init__(self) -> None:
        self.asked: list[tuple[RateLimit, str]] = []

    async def take(self, *, limit: RateLimit, key: str, cost: int = 1) -> float:
        self.asked.append((limit, key))
        return 2.5


async def test_questions_and_answers_of_a_network_are_counted_apart(room: PasskeyRoom) -> None:
    device = Authenticator()
    await room.owned(device)
    answer = await room.answer(device)
    limits = Limits()
    throttle = replace(room.throttle, limits=limits, per_ip=6)
    login = replace(room.passkeys.login, throttle=throttle)
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
    assert isinstance(await room.passkeys.login(tried(answer)), IssuedToken)


async def challenged(room: PasskeyRoom) -> ChallengeOpened:
    """Log in with the right password."""
    ask = OpenChallenge(deps=room.deps, limits=FactorLimits())
    opened = await ask(
        room.owner,
        LoginTry(email=EMAIL, password="right", visitor=HOME, lasting=True),
        kinds=frozenset({FactorKind.PASSKEY}),
    )
    assert opened is not None
    return opened


async def test_a_challenge_of_a_password_asks_for_the_users_own_passkeys(room: PasskeyRoom) -> None:
    factor, opened = room.passkeys.factor, await challenged(room)
    assert await factor.for_challenge(opened.token, visitor=HOME) == NoPasskey()
    made = await room.owned(Authenticator())
    # The first factor ends what was begun without it.
    assert await factor.for_challenge(opened.token, visitor=HOME) == ChallengeOver()
    opened = await challenged(room)
    asked = await factor.for_challenge(opened.token, visitor=HOME)
    assert isinstance(asked, PasskeyOptions)
    assert asked.expires_at == NOW + CHALLENGE_LASTS
    told = browser(asked)
    assert (len(told["allowCredentials"]), told["userVerification"]) == (1, "preferred")
    assert await factor.for_challenge("blc_unknown", visitor=HOME) == ChallengeOver()
    waits = Waits()
    throttle = replace(room.throttle, limits=waits)
    slow = replace(factor, challenges=replace(room.challenges, throttle=throttle))
    told_to_wait = await slow.for_challenge(opened.token, visitor=THERE)
    assert told_to_wait == ProofRefused(retry_after_s=3)
    assert waits.asked == [
        ("login-ip", THERE.ip),
        ("login-known", digest_of(opened.token).hex()),
    ]
    assert room.stored(made) == made


async def test_a_copy_that_steps_up_is_told_with_its_trace(room: PasskeyRoom) -> None:
    device = Authenticator()
    made = await room.owned(device)
    asking = room.asking(session_id=room.session().id)
    asked = await room.passkeys.factor.for_step_up(asking)
    assert isinstance(asked, PasskeyOptions)
    assert asked.expires_at == NOW + CHALLENGE_LASTS
    answer = sent(device.answer(browser(asked), twist=Twist(count=made.sign_count)))
    spend = await room.passkeys.factor.steps_up(answer, asking=asking)(room.owner)
    assert await room.within(lambda scope: spend(scope, room.clock.now())) is None
    assert {(one.action, one.trace_id) for one in room.fresh()} == {
        ("passkey.clone_suspected", TRACE),
        ("notice.passkey_clone_suspected", TRACE),
    }


async def test_an_answer_without_its_challenge_is_worth_nothing(room: PasskeyRoom) -> None:
    device = Authenticator()
    made = await room.owned(device)
    opened = await challenged(room)
    asked = await room.passkeys.factor.for_challenge(opened.token, visitor=HOME)
    assert isinstance(asked, PasskeyOptions)
    answer = sent(device.answer(browser(asked)))
    spend = await room.passkeys.factor.answers(answer, token="blc_unknown")(room.owner)
    assert await room.within(lambda scope: spend(scope, room.clock.now())) is None
    assert room.stored(made) == made
