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
from tests.unit.application.identity.passkey_context import Context, passkey_sent

Adds = Callable[[Context, Asking, bool], Awaitable[EarlierAccess]]


async def by_app(context: Context, asking: Asking, keep: bool) -> EarlierAccess:
    """Add an app."""
    enrolled = await context.identity.factors.enrol(asking, label="Phone")
    assert isinstance(enrolled, Enrolled)
    code = pyotp.TOTP(enrolled.seed).at(context.clock.now())
    factor_id = enrolled.factor.id
    done = await context.identity.factors.confirm(
        asking, factor_id=factor_id, code=code, keep_others=keep
    )
    assert isinstance(done, Confirmed)
    context.clock.advance(STEP.total_seconds())
    return done.earlier


async def by_passkey(context: Context, asking: Asking, keep: bool) -> EarlierAccess:
    """Add a passkey."""
    sent = await passkey_sent(context, asking, device=Authenticator())
    done = await context.identity.passkeys.own.add(
        asking, sent=sent, label="Phone", keep_others=keep
    )
    assert isinstance(done, PasskeyAdded)
    return done.earlier


BOTH = pytest.mark.parametrize("add", [by_app, by_passkey], ids=["app", "passkey"])


@pytest.fixture
async def context() -> Context:
    made = Context()
    await made.furnish()
    return made


async def logged_in(context: Context) -> Asking:
    return await context.asking((await context.log_in()).issued)


async def add_token(context: Context, *, owner: UUID, number: int, days: int = 9) -> PersonalToken:
    """Store a personal access token."""
    token = PersonalToken(
        id=builders.new_id(),
        tenant_id=context.tenant_id,
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
    entry = builders.audit(tenant_id=context.tenant_id, subject=str(token.id))
    added = await context.storage.personal_tokens.add(token=token, tokens_max=99, audit=entry)
    assert added is None
    return token


async def firsts(context: Door) -> list[AuditEntry]:
    return [one for one in await context.audits() if one.action == "factor.first"]


@BOTH
async def test_the_first_factor_ends_every_other_session(context: Context, add: Adds) -> None:
    others = [await context.log_in() for _ in range(3)]
    asking = await logged_in(context)
    told_before = len(await context.told())
    earlier = await add(context, asking, False)
    assert earlier == EarlierAccess(sessions_ended=3, sessions_open=0, personal_tokens=0)
    [left] = await context.identity.sessions.list(asking, limit=9)
    assert left.id == asking.principal.session_id
    for other in others:
        again = await context.refresh(other.refresh.token, other.refresh.device_token)
        assert isinstance(again, RefreshRefused)
        async with context.storage.identity.begin() as scope:
            ended = await scope.sessions.get(other.refresh.session_id)
        assert ended is not None
        assert ended.end is SessionEnd.FIRST_FACTOR
    # Every process hears of it, and asks anew.
    assert (await context.told())[told_before:] == [ChangeKind.SESSIONS_ENDED]
    [entry] = await firsts(context)
    assert dict(entry.detail) == {
        "sessions_ended": "3",
        "sessions_open": "0",
        "personal_tokens": "0",
    }
    assert (entry.actor, entry.subject) == (f"user:{context.user_id}", f"user:{context.user_id}")


@BOTH
async def test_other_sessions_go_on_when_that_is_asked_for(context: Context, add: Adds) -> None:
    other = await context.log_in()
    asking = await logged_in(context)
    told_before = len(await context.told())
    earlier = await add(context, asking, True)
    assert earlier == EarlierAccess(sessions_ended=0, sessions_open=1, personal_tokens=0)
    assert await context.holds(other.issued.token)
    assert (await context.told())[told_before:] == []
    [entry] = await firsts(context)
    assert dict(entry.detail)["sessions_open"] == "1"
    user = await context.storage.users.find(user_id=context.user_id)
    assert user is not None
    assert user.tokens_from is None


@BOTH
async def test_a_further_factor_ends_nothing(context: Context, add: Adds) -> None:
    asking = await logged_in(context)
    await by_app(context, asking, False)
    other = await context.asking_owner()
    earlier = await add(context, asking, False)
    assert earlier == EarlierAccess(sessions_ended=0, sessions_open=1, personal_tokens=0)
    assert other.principal.session_id in [
        one.id for one in await context.identity.sessions.list(asking, limit=9)
    ]
    assert len(await firsts(context)) == 1


@BOTH
async def test_the_first_after_all_were_removed_is_the_first_again(
    context: Context, add: Adds
) -> None:
    asking = await logged_in(context)
    await by_app(context, asking, False)
    [app] = (await context.identity.factors.list(asking)).apps
    await context.identity.factors.remove(asking, factor_id=app.id)
    await context.log_in()
    assert (await add(context, asking, False)).sessions_ended == 1
    assert len(await firsts(context)) == 2


@BOTH
async def test_sessions_that_lapsed_are_not_counted(context: Context, add: Adds) -> None:
    await context.log_in()
    context.clock.advance(31 * 60)
    asking = await logged_in(context)
    assert (await add(context, asking, False)).sessions_ended == 0


@BOTH
async def test_personal_tokens_go_on_and_are_counted(context: Context, add: Adds) -> None:
    good = await add_token(context, owner=context.user_id, number=1)
    await add_token(context, owner=context.user_id, number=2)
    await add_token(context, owner=builders.new_id(), number=3)
    await add_token(context, owner=context.user_id, number=4, days=1)
    revoked = await add_token(context, owner=context.user_id, number=5)
    await context.storage.personal_tokens.revoke(
        tenant_id=context.tenant_id,
        member_id=context.user_id,
        token_id=revoked.id,
        audit=builders.audit(tenant_id=context.tenant_id, subject=str(revoked.id)),
    )
    context.clock.advance(timedelta(days=1).total_seconds())
    asking = await logged_in(context)
    assert (await add(context, asking, False)).personal_tokens == 2
    kept = await context.storage.personal_tokens.by_digest(good.digest)
    assert kept is not None
    assert kept.revoked_at is None
    [entry] = await firsts(context)
    assert dict(entry.detail)["personal_tokens"] == "2"
    [notice] = [one for one in await context.audits() if one.action == "notice.factor_added"]
    assert dict(notice.detail)["personal_tokens"] == "2"


@BOTH
async def test_a_signed_token_without_a_session_goes_on_and_earlier_ones_do_not(
    context: Context, add: Adds
) -> None:
    def signed() -> str:
        return context.tokens.issue(user_id=context.user_id, tenant_id=context.tenant_id)[0]

    before = signed()
    context.clock.advance(1)
    own = signed()
    principal = await context.identity.authenticate(own)
    other = await context.log_in()
    context.clock.advance(1)
    earlier = await add(context, Asking(principal=principal), False)
    assert earlier.sessions_ended == 1
    assert not await context.holds(other.issued.token)
    assert await context.storage.credential_status.holds(principal)
    assert not await context.storage.credential_status.holds(context.tokens.verify(before))


async def test_a_token_of_before_stays_void_when_an_older_one_adds_the_factor(
    context: Context,
) -> None:
    asking = await logged_in(context)
    context.clock.advance(5)
    await context.identity.sessions.logout_everywhere(asking)
    user = await context.storage.users.find(user_id=context.user_id)
    assert user is not None
    old = replace(asking.principal, session_id=None, authenticated_at=NOW)
    await by_app(context, Asking(principal=old), False)
    after = await context.storage.users.find(user_id=context.user_id)
    assert after is not None
    assert after.tokens_from == user.tokens_from == NOW + timedelta(seconds=5)
