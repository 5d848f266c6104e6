"""The first factor ends what came in without, and says what is left of it."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pyotp
import pytest

from application.identity.deps import Asking
from application.identity.factor_added import EarlierAccess
from application.identity.factor_results import Confirmed, Enrolled
from application.identity.passkeys import PasskeyAdded
from application.identity.refresh import RefreshRefused
from domain.audit.entry import AuditEntry
from domain.identity.access import Permission
from domain.identity.change import ChangeKind
from domain.identity.personal_token import PersonalToken
from domain.identity.session import SessionEnd
from tests import builders
from tests.authenticator import Authenticator
from tests.unit.application.identity.door import NOW, Door
from tests.unit.application.identity.factor_door import STEP
from tests.unit.application.identity.passkey_desk import Desk, passkey_sent

Adds = Callable[[Desk, Asking, bool], Awaitable[EarlierAccess]]


async def by_app(desk: Desk, asking: Asking, keep: bool) -> EarlierAccess:
    """Add an app."""
    enrolled = await desk.identity.factors.enrol(asking, label="Phone")
    assert isinstance(enrolled, Enrolled)
    code = pyotp.TOTP(enrolled.seed).at(desk.clock.now())
    factor_id = enrolled.factor.id
    done = await desk.identity.factors.confirm(
        asking, factor_id=factor_id, code=code, keep_others=keep
    )
    assert isinstance(done, Confirmed)
    desk.clock.advance(STEP.total_seconds())
    return done.earlier


async def by_passkey(desk: Desk, asking: Asking, keep: bool) -> EarlierAccess:
    """Add a passkey."""
    sent = await passkey_sent(desk, asking, device=Authenticator())
    done = await desk.identity.passkeys.own.add(asking, sent=sent, label="Phone", keep_others=keep)
    assert isinstance(done, PasskeyAdded)
    return done.earlier


BOTH = pytest.mark.parametrize("add", [by_app, by_passkey], ids=["app", "passkey"])


@pytest.fixture
async def desk() -> Desk:
    made = Desk()
    await made.furnish()
    return made


async def logged_in(desk: Desk) -> Asking:
    return await desk.asking((await desk.log_in()).issued)


async def add_token(desk: Desk, *, owner: UUID, number: int, days: int = 9) -> PersonalToken:
    """Store a personal access token."""
    token = PersonalToken(
        id=builders.new_id(),
        tenant_id=desk.tenant_id,
        member_id=owner,
        name=f"script {number}",
        digest=number.to_bytes(32),
        hint="abcd",
        scopes=frozenset({Permission.ORDERS_READ}),
        accounts=None,
        created_at=NOW,
        expires_at=NOW + timedelta(days=days),
        created_by="user:owner",
    )
    entry = builders.audit(tenant_id=desk.tenant_id, subject=str(token.id))
    added = await desk.storage.personal_tokens.add(token=token, tokens_max=99, audit=entry)
    assert added is None
    return token


async def firsts(desk: Door) -> list[AuditEntry]:
    return [one for one in await desk.audits() if one.action == "factor.first"]


@BOTH
async def test_the_first_factor_ends_every_other_session(desk: Desk, add: Adds) -> None:
    others = [await desk.log_in() for _ in range(3)]
    asking = await logged_in(desk)
    told_before = len(await desk.told())
    earlier = await add(desk, asking, False)
    assert earlier == EarlierAccess(sessions_ended=3, sessions_open=0, personal_tokens=0)
    [left] = await desk.identity.sessions.list(asking, limit=9)
    assert left.id == asking.principal.session_id
    for other in others:
        again = await desk.refresh(other.refresh.token, other.refresh.device_token)
        assert isinstance(again, RefreshRefused)
        async with desk.storage.identity.begin() as scope:
            ended = await scope.sessions.get(other.refresh.session_id)
        assert ended is not None
        assert ended.end is SessionEnd.FIRST_FACTOR
    # Every process hears of it, and asks anew.
    assert (await desk.told())[told_before:] == [ChangeKind.SESSIONS_ENDED]
    [entry] = await firsts(desk)
    assert dict(entry.detail) == {
        "sessions_ended": "3",
        "sessions_open": "0",
        "personal_tokens": "0",
    }
    assert (entry.actor, entry.subject) == (f"user:{desk.user_id}", f"user:{desk.user_id}")


@BOTH
async def test_other_sessions_go_on_when_that_is_asked_for(desk: Desk, add: Adds) -> None:
    other = await desk.log_in()
    asking = await logged_in(desk)
    told_before = len(await desk.told())
    earlier = await add(desk, asking, True)
    assert earlier == EarlierAccess(sessions_ended=0, sessions_open=1, personal_tokens=0)
    assert await desk.holds(other.issued.token)
    assert (await desk.told())[told_before:] == []
    [entry] = await firsts(desk)
    assert dict(entry.detail)["sessions_open"] == "1"
    user = await desk.storage.users.find(user_id=desk.user_id)
    assert user is not None
    assert user.tokens_from is None


@BOTH
async def test_a_further_factor_ends_nothing(desk: Desk, add: Adds) -> None:
    asking = await logged_in(desk)
    await by_app(desk, asking, False)
    other = await desk.asking_owner()
    earlier = await add(desk, asking, False)
    assert earlier == EarlierAccess(sessions_ended=0, sessions_open=1, personal_tokens=0)
    assert other.principal.session_id in [
        one.id for one in await desk.identity.sessions.list(asking, limit=9)
    ]
    assert len(await firsts(desk)) == 1


@BOTH
async def test_the_first_after_all_were_removed_is_the_first_again(desk: Desk, add: Adds) -> None:
    asking = await logged_in(desk)
    await by_app(desk, asking, False)
    [app] = (await desk.identity.factors.list(asking)).apps
    await desk.identity.factors.remove(asking, factor_id=app.id)
    await desk.log_in()
    assert (await add(desk, asking, False)).sessions_ended == 1
    assert len(await firsts(desk)) == 2


@BOTH
async def test_sessions_that_lapsed_are_not_counted(desk: Desk, add: Adds) -> None:
    await desk.log_in()
    desk.clock.advance(31 * 60)
    asking = await logged_in(desk)
    assert (await add(desk, asking, False)).sessions_ended == 0


@BOTH
async def test_personal_tokens_go_on_and_are_counted(desk: Desk, add: Adds) -> None:
    good = await add_token(desk, owner=desk.user_id, number=1)
    await add_token(desk, owner=desk.user_id, number=2)
    await add_token(desk, owner=builders.new_id(), number=3)
    await add_token(desk, owner=desk.user_id, number=4, days=1)
    revoked = await add_token(desk, owner=desk.user_id, number=5)
    await desk.storage.personal_tokens.revoke(
        tenant_id=desk.tenant_id,
        member_id=desk.user_id,
        token_id=revoked.id,
        audit=builders.audit(tenant_id=desk.tenant_id, subject=str(revoked.id)),
    )
    desk.clock.advance(timedelta(days=1).total_seconds())
    asking = await logged_in(desk)
    assert (await add(desk, asking, False)).personal_tokens == 2
    kept = await desk.storage.personal_tokens.by_digest(good.digest)
    assert kept is not None
    assert kept.revoked_at is None
    [entry] = await firsts(desk)
    assert dict(entry.detail)["personal_tokens"] == "2"
    [notice] = [one for one in await desk.audits() if one.action == "notice.factor_added"]
    assert dict(notice.detail)["personal_tokens"] == "2"


@BOTH
async def test_a_signed_token_without_a_session_goes_on_and_earlier_ones_do_not(
    desk: Desk, add: Adds
) -> None:
    def signed() -> str:
        return desk.tokens.issue(user_id=desk.user_id, tenant_id=desk.tenant_id)[0]

    before = signed()
    desk.clock.advance(1)
    own = signed()
    principal = await desk.identity.authenticate(own)
    other = await desk.log_in()
    desk.clock.advance(1)
    earlier = await add(desk, Asking(principal=principal), False)
    assert earlier.sessions_ended == 1
    assert not await desk.holds(other.issued.token)
    assert await desk.storage.standings.holds(principal)
    assert not await desk.storage.standings.holds(desk.tokens.verify(before))


async def test_a_token_of_before_stays_void_when_an_older_one_adds_the_factor(desk: Desk) -> None:
    asking = await logged_in(desk)
    desk.clock.advance(5)
    await desk.identity.sessions.logout_everywhere(asking)
    user = await desk.storage.users.find(user_id=desk.user_id)
    assert user is not None
    old = replace(asking.principal, session_id=None, authenticated_at=NOW)
    await by_app(desk, Asking(principal=old), False)
    after = await desk.storage.users.find(user_id=desk.user_id)
    assert after is not None
    assert after.tokens_from == user.tokens_from == NOW + timedelta(seconds=5)
