"""Whatever is done to users and sessions is written down exactly: who, what, to whom, how."""

from dataclasses import replace
from typing import Any

import pytest

from application.identity.deps import Asking
from application.identity.invitations import Invited, Joined, JoinTry
from application.identity.issued import IssuedToken
from application.identity.login_try import LoginTry
from application.identity.passwords import PasswordSet
from application.identity.refresh import RefreshTry
from domain.audit.entry import NOBODY, AuditEntry
from domain.identity.change import ChangeKind, IdentityChange
from domain.identity.session import SessionEnd, Visitor
from tests.unit.application.identity.door import EMAIL, HOME, NOW, PASSWORD, Door, Visit

NEW = "seven copper lanterns drift"
TRACE = "trace-1"


@pytest.fixture
async def door() -> Door:
    return await Door().furnish()


@pytest.fixture
async def visit(door: Door) -> Visit:
    return await door.log_in()


@pytest.fixture
async def asking(door: Door, visit: Visit) -> Asking:
    return replace(await door.asking(visit.issued), trace_id=TRACE)


def me(door: Door) -> str:
    return f"user:{door.user_id}"


async def last(door: Door) -> AuditEntry:
    return (await door.audits())[-1]


def entry(door: Door, made: AuditEntry, **said: object) -> AuditEntry:
    """Return what the entry has to be, but for its id."""
    whole: dict[str, Any] = {
        "tenant_id": door.tenant_id,
        "actor": me(door),
        "at": door.clock.now(),
        "trace_id": TRACE,
        **said,
    }
    return AuditEntry(id=made.id, **whole)


async def changes(door: Door) -> list[IdentityChange]:
    return [replace(one, seq=0) for one in await door.storage.identity_feed.since(0, limit=99)]


def change(door: Door, kind: ChangeKind, **said: object) -> IdentityChange:
    whole: dict[str, Any] = {
        "tenant_id": door.tenant_id,
        "user_id": door.user_id,
        "at": door.clock.now(),
        **said,
    }
    return IdentityChange(kind=kind, **whole)


@pytest.mark.parametrize(
    ("lasting", "remember", "label", "kept"),
    [
        (True, False, "Desk", "Desk"),
        (True, True, "", "agent"),
        (False, False, "cron", "cron"),
        (True, False, "x" * 101, "x" * 100),
        (False, False, "x" * 101, "x" * 100),
    ],
)
async def test_a_log_in(door: Door, lasting: bool, remember: bool, label: str, kept: str) -> None:
    issued = await door.identity.login(
        LoginTry(
            email=EMAIL.upper(),
            password=PASSWORD,
            visitor=HOME,
            trace_id=TRACE,
            lasting=lasting,
            remember=remember,
            device_label=label,
        )
    )
    assert isinstance(issued, IssuedToken)
    made = next(one for one in reversed(await door.audits()) if one.action == "identity.login")
    detail = (
        ("device", kept),
        ("session", str(issued.principal.session_id)),
        ("lasting", "true" if lasting else "false"),
        ("remember", "true" if remember else "false"),
        ("method", "password"),
    )
    assert made == entry(door, made, action="identity.login", subject=me(door), detail=detail)
    assert await changes(door) == []


async def test_a_session_is_stored_with_its_limits(door: Door) -> None:
    spans = {}
    for name, lasting, remember in (
        ("usual", True, False),
        ("remembered", True, True),
        ("script", False, True),
    ):
        issued = await door.identity.login(
            LoginTry(
                email=EMAIL, password=PASSWORD, visitor=HOME, lasting=lasting, remember=remember
            )
        )
        assert isinstance(issued, IssuedToken)
        session_id = issued.principal.session_id
        assert session_id is not None
        async with door.storage.identity.begin() as scope:
            session = await scope.sessions.get(session_id)
        assert session is not None
        assert (session.user_id, session.tenant_id) == (door.user_id, door.tenant_id)
        assert session.opened_at == session.authenticated_at == session.used_at == NOW
        assert (session.visitor, session.ended_at, session.end) == (HOME, None, None)
        assert (session.device_id is None) is not lasting
        lasts = session.expires_at - NOW
        spans[name] = (session.idle.total_seconds(), lasts.total_seconds())
    assert spans == {
        "usual": (1_800, 43_200),
        "remembered": (30 * 86_400, 30 * 86_400),
        "script": (300, 300),
    }


async def test_a_refused_log_in(door: Door) -> None:
    for email, actor, tenant_id in (
        (EMAIL, me(door), door.tenant_id),
        ("Nobody@Example.com", "unknown", NOBODY),
    ):
        await door.identity.login(
            LoginTry(email=email, password="wrong", visitor=HOME, trace_id=TRACE)
        )
        made = await last(door)
        digest = dict(made.detail)["email_digest"]
        assert made == entry(
            door,
            made,
            tenant_id=tenant_id,
            actor=actor,
            action="identity.login_failed",
            subject=actor,
            detail=(("email_digest", digest),),
        )
        assert len(digest) == 16
    # The digest of the address as it is compared: lower case.
    assert digest == "e788ea2014693dcd"


async def test_a_refresh_token_that_comes_again(door: Door, visit: Visit) -> None:
    there = Visitor(ip="198.51.100.1")

    async def refresh() -> object:
        return await door.identity.refresh(
            RefreshTry(
                token=visit.refresh.token,
                device_token=visit.refresh.device_token,
                visitor=there,
                trace_id=TRACE,
            )
        )

    assert isinstance(await refresh(), IssuedToken)
    async with door.storage.identity.begin() as scope:
        session = await scope.sessions.get(visit.refresh.session_id)
    assert session is not None
    assert session.visitor == there
    door.clock.advance(10)
    await refresh()
    made = await last(door)
    session_id = str(visit.refresh.session_id)
    detail = (("device", "Desk"), ("ip", "198.51.100.1"))
    assert made == entry(door, made, action="session.reuse", subject=session_id, detail=detail)
    ended = change(door, ChangeKind.SESSION_ENDED, session_id=visit.refresh.session_id)
    assert await changes(door) == [ended]
    async with door.storage.identity.begin() as scope:
        session = await scope.sessions.get(visit.refresh.session_id)
    assert session is not None
    assert (session.end, session.ended_at) == (SessionEnd.REUSED, door.clock.now())


async def test_a_log_out(door: Door, visit: Visit, asking: Asking) -> None:
    door.clock.advance(5)
    await door.identity.sessions.logout(asking)
    made = await last(door)
    subject = str(visit.refresh.session_id)
    assert made == entry(
        door, made, action="session.logout", subject=subject, detail=(("device", "Desk"),)
    )
    ended = change(door, ChangeKind.SESSION_ENDED, session_id=visit.refresh.session_id)
    assert await changes(door) == [ended]
    # Once more ends nothing, and says nothing.
    await door.identity.sessions.logout(asking)
    assert await changes(door) == [ended]


async def test_a_revoked_session(door: Door, asking: Asking) -> None:
    other = await door.log_in()
    await door.identity.sessions.revoke(asking, session_id=other.refresh.session_id)
    made = await last(door)
    subject = str(other.refresh.session_id)
    assert made == entry(
        door, made, action="session.revoke", subject=subject, detail=(("device", "Desk"),)
    )
    async with door.storage.identity.begin() as scope:
        session = await scope.sessions.get(other.refresh.session_id)
    assert session is not None
    assert session.end is SessionEnd.REVOKED


async def test_a_log_out_everywhere(door: Door, asking: Asking) -> None:
    await door.log_in()
    door.clock.advance(5)
    assert await door.identity.sessions.logout_everywhere(asking) == 2
    made = await last(door)
    assert made == entry(
        door,
        made,
        action="session.logout_everywhere",
        subject=str(door.user_id),
        detail=(("sessions", "2"),),
    )
    assert await changes(door) == [change(door, ChangeKind.SESSIONS_ENDED)]
    user = await door.storage.users.find(user_id=door.user_id)
    assert user is not None
    assert user.tokens_from == door.clock.now()


async def test_the_end_of_a_token_without_a_session(door: Door, asking: Asking) -> None:
    _, principal = door.tokens.issue(user_id=door.user_id, tenant_id=door.tenant_id)
    await door.identity.sessions.logout(replace(asking, principal=principal))
    made = await last(door)
    assert made == entry(door, made, action="token.end", subject=principal.token_id)
    ended = change(door, ChangeKind.TOKEN_ENDED, token_id=principal.token_id)
    assert await changes(door) == [ended]


async def test_a_change_of_password(door: Door, asking: Asking) -> None:
    await door.log_in()
    done = await door.identity.passwords.change(asking, current=PASSWORD, new=NEW)
    assert done == PasswordSet(sessions_ended=1)
    made = await last(door)
    assert made == entry(
        door,
        made,
        action="password.change",
        subject=str(door.user_id),
        detail=(("sessions_ended", "1"),),
    )
    assert await changes(door) == [change(door, ChangeKind.SESSIONS_ENDED)]
    async with door.storage.identity.begin() as scope:
        kept = await scope.sessions.open_of(door.user_id)
    assert [one.id for one in kept] == [asking.principal.session_id]


async def test_a_reset_of_a_password(door: Door, asking: Asking) -> None:
    reset = await door.identity.passwords.issue_reset(asking, user_id=door.user_id)
    assert (reset.expires_at - NOW).total_seconds() == 3_600
    assert reset.user.id == door.user_id
    made = await last(door)
    assert made == entry(door, made, action="password.reset_issue", subject=str(door.user_id))
    await door.identity.passwords.reset(
        token=reset.token, new=NEW, visitor=HOME, trace_id="trace-2"
    )
    made = await last(door)
    assert made == entry(
        door,
        made,
        action="password.reset",
        subject=str(door.user_id),
        trace_id="trace-2",
        detail=(("sessions_ended", "1"),),
    )


async def test_an_invitation_from_its_making_to_its_use(door: Door, asking: Asking) -> None:
    email, role = "ada@example.com", "trader"
    first = await door.identity.invitations.invite(asking, email=email, role=role)
    assert isinstance(first, Invited)
    detail = (("email", email), ("role", role))
    made = await last(door)
    subject = str(first.invitation.id)
    assert made == entry(door, made, action="invitation.make", subject=subject, detail=detail)
    assert first.invitation.invited_by == door.user_id
    assert first.invitation.tenant_id == door.tenant_id
    assert (first.invitation.created_at, first.invitation.email) == (NOW, email)
    assert first.invitation.expires_at > NOW
    await door.identity.invitations.withdraw(asking, invitation_id=first.invitation.id)
    made = await last(door)
    assert made == entry(door, made, action="invitation.withdraw", subject=subject, detail=detail)
    second = await door.identity.invitations.invite(asking, email=email, role=role)
    assert isinstance(second, Invited)
    joined = await door.identity.invitations.accept(
        JoinTry(token=second.token, name="Ada", password=PASSWORD, trace_id="trace-2")
    )
    assert isinstance(joined, Joined)
    assert (joined.user.email, joined.user.name) == (email, "Ada")
    assert (joined.user.tenant_id, joined.user.created_at) == (door.tenant_id, NOW)
    made = await last(door)
    assert made == entry(
        door,
        made,
        actor=f"user:{joined.user.id}",
        action="invitation.accept",
        subject=str(second.invitation.id),
        trace_id="trace-2",
        detail=(("role", role), ("user", str(joined.user.id))),
    )


async def test_somebody_kept_out_and_let_in_again(door: Door, asking: Asking) -> None:
    invited = await door.identity.invitations.invite(asking, email="ada@example.com", role="viewer")
    assert isinstance(invited, Invited)
    joined = await door.identity.invitations.accept(
        JoinTry(token=invited.token, name="Ada", password=PASSWORD)
    )
    assert isinstance(joined, Joined)
    for action, told in (
        ("disable", ChangeKind.USER_DISABLED),
        ("enable", ChangeKind.USER_ENABLED),
    ):
        act = getattr(door.identity.users, action)
        await act(asking, user_id=joined.user.id)
        made = next(one for one in await door.audits() if one.action == f"user.{action}")
        assert replace(made, detail=(), before=(), after=()) == entry(
            door, made, action=f"user.{action}", subject=str(joined.user.id)
        )
        assert (await changes(door))[-1].kind is told
        assert (await changes(door))[-1].user_id == joined.user.id


async def test_a_command_key_refused_and_let_in_again(door: Door, asking: Asking) -> None:
    await door.identity.users.note_keys([(door.tenant_id, "robot")])
    for enabled, action, kind in (
        (False, "command_key.disable", ChangeKind.KEY_DISABLED),
        (True, "command_key.enable", ChangeKind.KEY_ENABLED),
    ):
        for _ in range(2):
            # The second time changes nothing, and says nothing.
            await door.identity.users.set_key(asking, key_id="robot", enabled=enabled)
        made = await last(door)
        assert made == entry(door, made, action=action, subject="robot")
        assert [one.kind for one in await changes(door)].count(kind) == 1
        told = change(door, kind, user_id=None, token_id="robot")
        assert (await changes(door))[-1] == told
