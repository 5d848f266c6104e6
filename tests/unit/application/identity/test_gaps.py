"""Constants, messages and edges of identity that other tests pass by without looking."""

import hashlib
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from adapters.memory.access import MemoryMembers, MemoryPersonalTokens
from adapters.memory.attempts import MemoryAttempts
from adapters.memory.database import MemoryDatabase, MemoryLink
from adapters.memory.time import ManualClock
from application.identity import authenticate, follow_changes, found_tenant, producers, rights
from application.identity.deps import Asking
from application.identity.found_tenant import Founded
from application.identity.invitations import AddressTaken, InvitationNotFound, JoinTry, check_email
from application.identity.issue_owner_token import IssueOwnerToken
from application.identity.issued import IssuedToken
from application.identity.login import LoginRefused
from application.identity.login_try import LoginTry
from application.identity.open_session import OpenedSession
from application.identity.passwords import WrongPassword, words_of
from application.identity.producers import Producers
from application.identity.refresh import RefreshTry
from application.identity.rights import Rights
from application.identity.sessions import SessionNotFound
from application.identity.throttle import FIRST_WAIT_S, LONGEST_WAIT_S, LoginThrottle, key_of
from application.identity.unknown_user import UserNotFound
from domain.accounts.account import AccountKind
from domain.identity.change import ChangeKind, IdentityChange
from domain.identity.session import SessionEnd, Visitor
from domain.identity.tenant import Principal, PrincipalKind, User
from domain.shared.values import InvalidValue
from ports.identity import InvalidToken
from ports.rate_limits import RateLimit
from ports.storage import StorageUnavailable
from ports.transactions import Conflict
from tests import builders
from tests.memory import database_of
from tests.unit.application.identity.door import EMAIL, HOME, NOW, PASSWORD, Door
from tests.unit.application.identity.test_found_tenant import House
from tests.unit.application.identity.test_rights import MEMBER, SECRET, TENANT, TOKEN


def test_how_long_things_are_remembered_and_waited_for() -> None:
    assert (rights.AGE_MAX_S, rights.USED_EVERY_S, rights.KEPT_MAX) == (0.25, 60.0, 10_000)
    assert (follow_changes.POLL_S, follow_changes.TRUSTED_S) == (0.2, 1.0)
    assert (authenticate.KEPT_MAX, producers.KEPT_MAX) == (10_000, 10_000)
    assert (FIRST_WAIT_S, LONGEST_WAIT_S) == (1.0, 900.0)


class Limits:
    """Notes what was asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[RateLimit, str]] = []

    async def take(self, *, limit: RateLimit, key: str, cost: int = 1) -> float:
        self.asked.append((limit, key))
        return 2.5


async def test_tries_are_counted_by_network_under_a_name_of_their_own() -> None:
    limits = Limits()
    throttle = LoginThrottle(attempts=MemoryAttempts(clock=ManualClock(NOW)), limits=limits)
    assert await throttle.admit("") == 0.0
    assert await throttle.admit("192.0.2.1") == 2.5
    limit = RateLimit(name="login-ip", per_s=20 / 60, burst=20)
    assert limits.asked == [(limit, "192.0.2.1")]
    assert key_of("Ada@Example.com") == "login:ada@example.com"
    assert key_of("Ada@Example.com", device="7") == "login:ada@example.com:7"


async def test_a_wait_is_told_in_whole_seconds_before_anything_is_looked_up() -> None:
    door = await Door().furnish()
    limits = Limits()
    slow = replace(door.identity.logging_in.throttle, limits=limits)
    door.identity.logging_in.throttle = slow
    assert await door.try_() == LoginRefused(retry_after_s=3)
    assert door.hasher.verified == 0


async def test_an_address_that_is_half_a_letter_is_refused_like_any_other() -> None:
    door = await Door().furnish()
    assert await door.try_(email="\ud800") == LoginRefused()
    digest = hashlib.sha256(b"\xed\xa0\x80").hexdigest()[:16]
    assert (await door.audits())[-1].detail == (("email_digest", digest),)


async def test_a_device_is_known_to_its_user_only() -> None:
    door = await Door().furnish()
    visit = await door.log_in()
    tried = LoginTry(
        email="other@example.com",
        password="x",
        visitor=HOME,
        device_token=visit.refresh.device_token,
    )
    assert await door.identity.login(tried) == LoginRefused()
    # Counted under the address alone: the same address without the device has to wait.
    again = replace(tried, device_token=None)
    assert await door.identity.login(again) == LoginRefused(retry_after_s=1)


@pytest.mark.parametrize(
    ("email", "is_good"),
    [
        ("a@b", True),
        ("a" * 252 + "@b", True),
        ("a" * 253 + "@b", False),
        ("a@", False),
        ("@b", False),
        ("ab", False),
        ("@@b", False),
        ("a\n@b", False),
        ("a@b\x00", False),
    ],
)
def test_what_may_be_an_address(email: str, is_good: bool) -> None:
    if is_good:
        check_email(email)
        return
    with pytest.raises(InvalidValue) as caught:
        check_email(email)
    assert (caught.value.field, caught.value.problem) == (
        "email",
        "must be an address such as owner@example.com",
    )


def test_what_everybody_knows_of_a_user_makes_no_password() -> None:
    user = User(
        id=UUID(int=1),
        tenant_id=UUID(int=2),
        email="ada@mail.example.com",
        password_hash="",
        created_at=NOW,
        name="Ada Lovelace",
    )
    assert words_of(user) == (
        *("ada@mail.example.com", "ada", "mail", "Ada Lovelace", "Ada", "Lovelace", "ballast"),
    )

    odd = replace(user, email="ada@b@c.example", name="")
    assert words_of(odd) == ("ada@b@c.example", "ada", "b@c", "", "ballast")


@pytest.fixture
async def asking() -> tuple[Door, Asking]:
    door = await Door().furnish()
    return door, await door.asking((await door.log_in()).issued)


async def test_what_is_not_there_is_named(asking: tuple[Door, Asking]) -> None:
    door, who = asking
    absent = UUID(int=99)
    with pytest.raises(SessionNotFound, match=f"^no open session {absent}$"):
        await door.identity.sessions.revoke(who, session_id=absent)
    with pytest.raises(InvitationNotFound, match=f"^no invitation {absent}$"):
        await door.identity.invitations.withdraw(who, invitation_id=absent)
    for ask in (door.identity.users.enable, door.identity.users.disable):
        with pytest.raises(UserNotFound) as caught:
            await ask(who, user_id=absent)
        assert caught.value.args == UserNotFound(absent).args
    with pytest.raises(UserNotFound) as caught:
        await door.identity.passwords.issue_reset(who, user_id=absent)
    assert str(absent) in str(caught.value)
    taken = await door.identity.invitations.invite(who, email=EMAIL.upper(), role="viewer")
    assert taken == AddressTaken()


async def test_a_token_of_a_script_ends_itself_at_its_log_out(
    asking: tuple[Door, Asking],
) -> None:
    door, who = asking
    database = database_of(door.storage.people)
    token = replace(TOKEN, tenant_id=door.tenant_id, member_id=door.user_id)
    database.personal_tokens[token.id] = token
    principal = replace(
        who.principal, kind=PrincipalKind.TOKEN, token_id=str(token.id), session_id=None
    )
    await door.identity.sessions.logout(Asking(principal=principal, trace_id="trace-9"))
    made = (await door.audits())[-1]
    assert (made.action, made.subject, made.trace_id) == ("token.revoke", str(token.id), "trace-9")
    assert (made.tenant_id, made.actor, made.at) == (
        door.tenant_id,
        f"user:{door.user_id}",
        door.clock.now(),
    )
    assert database.personal_tokens[token.id].revoked_at == door.clock.now()


async def test_too_many_who_change_one_user_at_once_are_told_to_come_again(
    asking: tuple[Door, Asking],
) -> None:
    door, who = asking
    tried = 0

    async def work(_: object) -> None:
        nonlocal tried
        tried += 1
        raise Conflict("again")

    said = r"^too many change the same user at once$"
    with pytest.raises(StorageUnavailable, match=said):
        await door.identity.users.deps.attempt(work)
    assert tried == 200
    assert who.trace_id == ""


async def test_the_reason_why_a_token_lets_nobody_in() -> None:
    database = MemoryDatabase()
    link = MemoryLink(database)
    clock = ManualClock(builders.AT)
    known = Rights(members=MemoryMembers(link), tokens=MemoryPersonalTokens(link), clock=clock)

    async def why(secret: str = SECRET) -> str:
        clock.advance(1)
        with pytest.raises(InvalidToken) as caught:
            await known.of_personal(secret)
        return str(caught.value)

    assert await why("blst_x") == "the token is no personal access token of ours"
    assert await why() == "the personal access token is unknown"
    database.personal_tokens[TOKEN.id] = TOKEN
    assert await why() == "the token's user is no member of its tenant"
    database.members[MEMBER.id] = replace(MEMBER, disabled_at=builders.AT)
    assert await why() == "the token's user is disabled"
    database.members[MEMBER.id] = replace(MEMBER, tenant_id=UUID(int=77))
    assert await why() == "the token's user is no member of its tenant"
    database.members[MEMBER.id] = MEMBER
    clock.advance(1)
    principal = await known.of_personal(SECRET)
    assert principal == Principal(
        user_id=MEMBER.id,
        tenant_id=TENANT,
        token_id=str(TOKEN.id),
        expires_at=TOKEN.expires_at,
        kind=PrincipalKind.TOKEN,
        access=MEMBER.access.narrowed(scopes=TOKEN.scopes, accounts=None),
    )
    database.personal_tokens[TOKEN.id] = replace(TOKEN, revoked_at=builders.AT)
    known.drop(MEMBER.id)
    assert await why() == "the personal access token has expired or was revoked"


async def test_the_first_tenant_is_furnished_as_documented() -> None:
    house = House()
    founded = await house.found(name="Home", email=EMAIL)
    assert isinstance(founded, Founded)
    account = founded.account
    assert (account.name, account.broker, account.currency) == ("Paper", "paper", "USD")
    assert (account.kind, account.leverage) == (AccountKind.MARGIN, Decimal(2))
    assert (account.tenant_id, account.created_at) == (founded.tenant.id, NOW)
    assert (founded.tenant.name, founded.tenant.created_at) == ("Home", NOW)
    assert (founded.owner.email, founded.owner.created_at) == (EMAIL, NOW)
    (portfolio,) = await house.directory.portfolios(tenant_id=founded.tenant.id)
    assert (portfolio.name, portfolio.created_at, portfolio.id) == (
        "Main",
        NOW,
        account.portfolio_id,
    )
    book = house.link.database.books[account.id]
    assert (book.version, book.peak_equity) == (0, Decimal(100_000))
    assert book.day is not None
    assert book.day.date == date(2000, 3, 1)
    # 120 bits in groups of six letters that are hard to confuse.
    groups = founded.password.split("-")
    assert [len(group) for group in groups] == [6, 6, 6, 6]
    assert set("".join(groups)) <= set("abcdefghijklmnopqrstuvwxyz234567")
    assert Decimal(100_000) == found_tenant.OPENING_CASH
    for name in ("", "x" * 101):
        with pytest.raises(InvalidValue) as caught:
            await House().found(name=name, email=EMAIL)
        assert (caught.value.field, caught.value.problem) == ("name", "must be 1 to 100 characters")
    for name in ("x", "x" * 100):
        assert isinstance(await House().found(name=name, email=EMAIL), Founded)
    with pytest.raises(InvalidValue) as caught:
        await House().found(name="Home", email="x" * 254 + "@b")
    assert caught.value.problem == "must be an address such as owner@example.com"


class CredentialStatus:
    """Every key holds; counts how often it was asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[UUID, str, UUID | None]] = []

    async def holds(self, principal: Principal) -> bool:
        return True

    async def key_holds(self, *, tenant_id: UUID, key_id: str, user_id: UUID | None) -> bool:
        self.asked.append((tenant_id, key_id, user_id))
        return True


async def test_a_key_is_remembered_only_while_the_feed_is_current() -> None:
    credential_status, user = CredentialStatus(), UUID(int=5)
    given: dict[str, Any] = {"tenant_id": TENANT, "key_id": "robot", "actor": f"user:{user}"}
    forgetful = Producers(credential_status=credential_status)
    for _ in range(2):
        assert await forgetful.may_send(**given)
    assert credential_status.asked == [(TENANT, "robot", user)] * 2
    known = Producers(credential_status=credential_status, is_current=lambda: True)
    for _ in range(2):
        assert await known.may_send(**given)
    assert len(credential_status.asked) == 3
    assert await known.may_send(**{**given, "actor": "robot"})
    assert credential_status.asked[-1] == (TENANT, "robot", None)
    assert not await known.may_send(**{**given, "actor": "user:nobody"})
    change = IdentityChange(
        tenant_id=UUID(int=9), user_id=None, kind=ChangeKind.KEY_DISABLED, at=NOW
    )
    # Of another tenant's change nothing of ours is forgotten.
    known.changed(change)
    await known.may_send(**given)
    assert len(credential_status.asked) == 4
    known.changed(replace(change, tenant_id=TENANT))
    await known.may_send(**given)
    assert len(credential_status.asked) == 5
    known.forget()
    await known.may_send(**given)
    assert len(credential_status.asked) == 6


def test_no_secret_is_in_the_repr_of_what_is_asked_or_told() -> None:
    tried = LoginTry(email=EMAIL, password="the-secret", device_token="the-secret")
    joining = JoinTry(token="the-secret", name="Ada", password="the-secret")
    nobody: Any = None
    opened = OpenedSession(session=nobody, refresh_token="the-secret", device_token="the-secret")
    refreshing = RefreshTry(token="the-secret", device_token="the-secret")
    for one in (tried, joining, opened, refreshing):
        assert "the-secret" not in repr(one)
    assert (tried.trace_id, tried.visitor, tried.device_label) == ("", Visitor(), "")
    assert (joining.trace_id, joining.visitor) == ("", Visitor())
    assert (OpenedSession(session=nobody).refresh_token, tried.lasting) == (None, False)
    assert WrongPassword() == WrongPassword(retry_after_s=None)


async def test_a_token_that_the_key_signs_for_the_owner_is_whole() -> None:
    door = await Door().furnish()
    issued = IssueOwnerToken(tokens=door.tokens)(user_id=door.user_id, tenant_id=door.tenant_id)
    assert issued.token not in repr(issued)
    principal = await door.identity.authenticate(issued.token)
    assert (principal.user_id, principal.tenant_id) == (door.user_id, door.tenant_id)
    assert issued.expires_at == issued.principal.expires_at
    assert issued.principal.token_id == principal.token_id
    assert issued.refresh is None


async def test_one_session_too_many_ends_exactly_one(asking: tuple[Door, Asking]) -> None:
    door, _ = asking
    for _ in range(49):
        await door.log_in()
    assert await door.told() == []
    door.clock.advance(5)
    await door.log_in()
    (told,) = await door.storage.identity_feed.since(0, limit=9)
    assert (told.kind, told.at) == (ChangeKind.SESSION_ENDED, door.clock.now())
    async with door.storage.identity.begin() as scope:
        assert len(await scope.sessions.open_of(door.user_id)) == 50
        session = await scope.sessions.get(told.session_id or UUID(int=0))
    assert session is not None
    assert (session.end, session.ended_at) == (SessionEnd.CROWDED, door.clock.now())


async def test_failures_of_one_who_changes_a_password_are_their_own(
    asking: tuple[Door, Asking],
) -> None:
    door, who = asking
    change = door.identity.passwords.change
    assert await change(who, current="wrong", new=PASSWORD) == WrongPassword()
    # It slows neither a log-in nor another user down.
    assert isinstance(await door.try_(), IssuedToken)
    stranger = replace(who, principal=replace(who.principal, user_id=UUID(int=99)))
    with pytest.raises(UserNotFound) as caught:
        await change(stranger, current=PASSWORD, new=PASSWORD)
    assert caught.value.args == UserNotFound(UUID(int=99)).args
