"""What identity promises by name, number and date is held on both sides of each limit."""

import hashlib
import hmac
import zlib
from base64 import urlsafe_b64encode
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from domain.identity import one_time, personal_token
from domain.identity.access import (
    EVERYTHING,
    FOR_PERSONS,
    NOTHING,
    OF_ONESELF,
    OF_THE_TENANT,
    READS,
    ROLES,
    Access,
    GrantLevel,
    Permission,
    Role,
    access_of,
)
from domain.identity.change import ChangeKind, IdentityChange, kind_of, of_revoked
from domain.identity.invitation import Invitation, PasswordReset
from domain.identity.member import Member, MemberKind, founder
from domain.identity.password import PasswordRules, Weakness
from domain.identity.personal_token import PersonalToken
from domain.identity.refresh import RefreshToken, Verdict
from domain.identity.session import Device, Session, SessionEnd, SessionLimits, Visitor
from domain.identity.tenant import Principal, PrincipalKind, User
from domain.shared.values import InvalidValue

AT = datetime(2026, 1, 2, tzinfo=UTC)
ONE, TWO, THREE = UUID(int=1), UUID(int=2), UUID(int=3)
TICK = timedelta(microseconds=1)
INVITATION = Invitation(
    id=ONE,
    tenant_id=TWO,
    email="ada@example.com",
    role="viewer",
    digest=b"d",
    invited_by=THREE,
    created_at=AT,
    expires_at=AT + timedelta(days=7),
)
MEMBER = Member(
    id=ONE, tenant_id=TWO, kind=MemberKind.PERSON, role=Role.OWNER, name="Ada", created_at=AT
)
TOKEN = PersonalToken(
    id=ONE,
    tenant_id=TWO,
    member_id=THREE,
    name="backtest",
    digest=b"\0" * 32,
    hint="abcd",
    scopes=frozenset({Permission.ORDERS_READ}),
    accounts=None,
    created_at=AT,
    expires_at=AT + timedelta(days=1),
    created_by="user:x",
)


def refused(made: Any, **changes: Any) -> tuple[str, str]:
    with pytest.raises(InvalidValue) as caught:
        replace(made, **changes)
    return caught.value.field, caught.value.problem


def test_names_that_are_stored_or_sent_stay_as_they_are() -> None:
    assert {
        *("accounts.read", "accounts.write", "orders.read", "orders.trade", "orders.cancel"),
        *("risk.read", "risk.write", "kill.activate", "kill.release", "market.read"),
        *("market.steer", "streams.read", "streams.operate", "agents.read", "agents.operate"),
        *("identity.self", "identity.manage", "secrets.read", "secrets.manage", "audit.read"),
        *("workspaces.self", "status.read", "succession.read", "assets.read", "assets.write"),
    } <= {one.value for one in Permission}
    assert {one.value for one in Role} == {
        *("owner", "trader", "viewer", "trustee", "auditor", "agent")
    }
    assert [one.value for one in GrantLevel] == ["role", "read"]
    assert {
        *("session_ended", "sessions_ended", "token_ended", "user_disabled", "user_enabled"),
        *("role_changed", "key_disabled", "key_enabled"),
    } <= {one.value for one in ChangeKind}
    assert [one.value for one in MemberKind] == ["person", "machine"]
    assert {"too_short", "too_long", "repetitive", "sequence", "personal", "breached", "first"} == {
        one.value for one in Weakness
    }
    assert {one.value for one in Verdict} == {"rotate", "repeat", "stolen", "lapsed", "ended"}
    assert {"logout", "revoked", "reused", "password", "disabled", "crowded", "replaced"} <= {
        one.value for one in SessionEnd
    }
    assert {"person", "token", "agent"} == {one.value for one in PrincipalKind}
    assert {"blr_", "bld_", "bli_", "blp_"} <= {one.value for one in one_time.Prefix}


def test_which_permissions_belong_together() -> None:
    assert {one.value for one in READS} == {
        *("accounts.read", "orders.read", "risk.read", "market.read", "streams.read"),
        *("agents.read", "secrets.read", "audit.read", "status.read", "assets.read"),
        *("margin.view", "succession.read", "succession.view", "sentiment.read"),
        *("letters.read", "signals.read", "strategies.read", "models.read"),
    }
    assert {one.value for one in OF_ONESELF} == {
        *("identity.self", "workspaces.self", "succession.confirm", "notifications.self"),
    }
    assert {one.value for one in FOR_PERSONS} == {
        *("identity.manage", "secrets.manage", "risk.write", "kill.release"),
        *("succession.manage", "succession.confirm", "letters.write", "strategies.live"),
    }
    assert {one.value for one in OF_THE_TENANT} == {
        *("succession.view", "succession.manage", "letters.write", "signals.write"),
        *("strategies.read", "strategies.write", "strategies.live"),
        *("sentiment.write", "models.operate"),
        *("market.steer", "streams.operate", "identity.manage", "secrets.read"),
        *("secrets.manage", "audit.read", "assets.read", "assets.write", "firm.stop"),
    }
    assert {one.value for one in frozenset(Permission) - EVERYTHING} == {"firm.stop"}
    assert not any("firm.stop" in ROLES[role] for role in Role)


def test_what_is_the_operators_comes_with_a_key_of_who_may_stop_everything() -> None:
    asked = (Permission.FIRM_STOP, Permission.KILL_ACTIVATE, Permission.RISK_READ)
    owner = access_of(Role.OWNER, grants={})
    assert owner.with_operators(scopes=asked) == owner
    key = owner.narrowed(scopes=asked, accounts=None).with_operators(scopes=asked)
    assert key.may_on(Permission.FIRM_STOP, account_id=None)
    for less in (
        owner.narrowed(scopes=asked, accounts=frozenset({ONE})),
        owner.narrowed(scopes=asked[2:], accounts=None),
        access_of(Role.VIEWER, grants={}).narrowed(scopes=asked, accounts=None),
    ):
        assert not less.with_operators(scopes=asked).may(Permission.FIRM_STOP)
    other = owner.narrowed(scopes=asked[1:], accounts=None)
    assert not other.with_operators(scopes=asked[1:]).may(Permission.FIRM_STOP)


def test_without_anything_said_nothing_is_allowed() -> None:
    assert Access() == NOTHING
    assert (NOTHING.role, NOTHING.accounts, NOTHING.read_only) == (None, frozenset(), frozenset())
    assert (NOTHING.permissions, NOTHING.by_token) == (frozenset(), False)
    assert not NOTHING.sees(ONE)
    # The tenant itself is there for everyone.
    assert NOTHING.sees(None)


def test_a_token_narrows_and_never_widens() -> None:
    trader = access_of(Role.TRADER, grants={ONE: GrantLevel.ROLE, TWO: GrantLevel.READ})
    assert trader.accounts == frozenset({ONE, TWO})
    assert trader.read_only == frozenset({TWO})
    assert trader.may_on(Permission.ORDERS_TRADE, account_id=ONE)
    assert not trader.may_on(Permission.ORDERS_TRADE, account_id=TWO)
    assert trader.may_on(Permission.ORDERS_READ, account_id=TWO)
    assert not trader.may_on(Permission.ORDERS_READ, account_id=THREE)
    assert trader.may_on(Permission.STREAMS_READ, account_id=None)
    assert trader.may_on(Permission.WORKSPACES_SELF, account_id=None)
    assert not trader.may_on(Permission.ORDERS_TRADE, account_id=None)
    left = trader.narrowed(scopes=[Permission.ORDERS_READ], accounts=frozenset({TWO, THREE}))
    assert left == Access(
        role=Role.TRADER,
        permissions=frozenset({Permission.ORDERS_READ}),
        accounts=frozenset({TWO}),
        read_only=frozenset({TWO}),
        by_token=True,
    )
    assert trader.narrowed(scopes=[Permission.ORDERS_READ], accounts=None).accounts == (
        frozenset({ONE, TWO})
    )
    owner = access_of(Role.OWNER, grants={ONE: GrantLevel.READ})
    assert (owner.accounts, owner.read_only, owner.by_token) == (None, frozenset(), False)
    assert owner.may_on(Permission.RISK_WRITE, account_id=ONE)
    some = owner.narrowed(scopes=Permission, accounts=frozenset({ONE}))
    assert some.permissions == EVERYTHING - FOR_PERSONS - OF_THE_TENANT
    assert owner.narrowed(scopes=Permission, accounts=None).permissions == (
        EVERYTHING - FOR_PERSONS
    )


def test_a_change_tells_what_it_was() -> None:
    assert kind_of(was_out=True, is_out=True) is ChangeKind.ROLE_CHANGED
    assert kind_of(was_out=False, is_out=False) is ChangeKind.ROLE_CHANGED
    assert kind_of(was_out=False, is_out=True) is ChangeKind.USER_DISABLED
    assert kind_of(was_out=True, is_out=False) is ChangeKind.USER_ENABLED
    assert of_revoked(TOKEN, at=AT) == IdentityChange(
        tenant_id=TWO, user_id=THREE, kind=ChangeKind.TOKEN_ENDED, at=AT, token_id=str(ONE)
    )
    bare = IdentityChange(tenant_id=TWO, user_id=None, kind=ChangeKind.KEY_ENABLED, at=AT)
    assert (bare.session_id, bare.token_id, bare.seq) == (None, None, 0)


def test_an_invitation_is_open_until_it_lapses_is_used_or_withdrawn() -> None:
    assert INVITATION.is_open(INVITATION.expires_at - TICK)
    assert not INVITATION.is_open(INVITATION.expires_at)
    used, back = INVITATION.accepted(AT), INVITATION.withdrawn(AT)
    assert (used, back) == (
        replace(INVITATION, accepted_at=AT),
        replace(INVITATION, withdrawn_at=AT),
    )
    assert not used.is_open(AT)
    assert not back.is_open(AT)
    assert used.withdrawn(AT + TICK) is used
    assert back.withdrawn(AT + TICK) is back
    reset = PasswordReset(
        id=ONE, tenant_id=TWO, user_id=THREE, digest=b"d", created_at=AT, expires_at=AT + TICK
    )
    assert reset.is_open(AT)
    assert not reset.is_open(AT + TICK)
    assert not replace(reset, used_at=AT).is_open(AT)


def test_a_member_has_a_name_and_a_role_of_its_kind() -> None:
    for name in ("A", "x" * 64):
        assert replace(MEMBER, name=name).name == name
    for name in ("", "x" * 65, "a\nb"):
        assert refused(MEMBER, name=name) == ("name", "must be 1 to 64 printable characters")
    odd = ("role", "agent is the role of machines, and of no one")
    assert refused(MEMBER, role=Role.AGENT) == odd
    assert refused(MEMBER, kind=MemberKind.MACHINE) == odd
    machine = replace(MEMBER, kind=MemberKind.MACHINE, role=Role.AGENT)
    assert machine.access == access_of(Role.AGENT, grants={})
    assert (MEMBER.rules, machine.rules) == (True, False)
    out = replace(MEMBER, disabled_at=AT, grants={ONE: GrantLevel.ROLE})
    assert (out.rules, out.access) == (False, NOTHING)
    assert (MEMBER.version, dict(MEMBER.grants), MEMBER.email) == (1, {}, None)


def test_the_founder_is_the_owner_under_their_address() -> None:
    user = User(
        id=ONE, tenant_id=TWO, email="x" * 70 + "@example.com", password_hash="h", created_at=AT
    )
    assert founder(user) == Member(
        id=ONE,
        tenant_id=TWO,
        kind=MemberKind.PERSON,
        role=Role.OWNER,
        name="x" * 64,
        created_at=AT,
        email=user.email,
    )
    assert (user.name, user.disabled_at, user.tokens_from) == ("", None, None)
    asking = Principal(user_id=ONE, tenant_id=TWO, token_id="t", expires_at=AT)
    assert (asking.access, asking.session_id, asking.authenticated_at) == (NOTHING, None, None)
    assert asking.actor == f"user:{ONE}"


def test_a_personal_token_says_what_is_wrong_with_it() -> None:
    for name in ("n", "n" * 64):
        assert replace(TOKEN, name=name).name == name
    for name in ("", "n" * 65, "a\nb"):
        assert refused(TOKEN, name=name) == ("name", "must be 1 to 64 printable characters")
    assert refused(TOKEN, scopes=frozenset()) == ("scopes", "must name what the token is for")
    many = frozenset(UUID(int=number) for number in range(101))
    for accounts in (frozenset[UUID](), many):
        assert refused(TOKEN, accounts=accounts) == ("accounts", "must be 1 to 100 accounts")
    for accounts in (frozenset({ONE}), many - {UUID(int=100)}):
        assert replace(TOKEN, accounts=accounts).accounts == accounts
    assert (TOKEN.last_used_at, TOKEN.revoked_at) == (None, None)
    both = {Permission.SECRETS_MANAGE, Permission.IDENTITY_MANAGE, Permission.ORDERS_READ}
    with pytest.raises(InvalidValue) as caught:
        personal_token.checked_scopes(both)
    assert (caught.value.field, caught.value.problem) == (
        "scopes",
        (
            "no token may carry identity.manage, secrets.manage: it needs a step-up, which only a"
            " person can give"
        ),
    )
    fine = {Permission.ORDERS_READ}
    assert personal_token.checked_scopes(fine) == fine


def test_a_personal_token_is_written_so_for_ever() -> None:
    digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

    def number(letters: str) -> int:
        value = 0
        for letter in letters:
            value = value * 62 + digits.index(letter)
        return value

    drawn = bytes(range(200, 224))
    token = personal_token.secret_of(drawn)
    assert (len(token), personal_token.LENGTH, token[:5]) == (44, 44, "blst_")
    assert number(token[5:38]) == int.from_bytes(drawn, "big")
    assert number(token[38:]) == zlib.crc32(token[:38].encode())
    assert personal_token.hint_of(token) == token[-4:]
    assert personal_token.digest_of(token) == hashlib.sha256(token.encode()).digest()
    assert personal_token.is_personal("blst_x")
    assert not personal_token.is_personal("xblst_")
    assert not personal_token.is_whole("x" * 5 + token[5:])
    for length in (23, 25):
        with pytest.raises(ValueError, match=r"^a token is made of 24 random bytes$"):
            personal_token.secret_of(bytes(length))


def test_a_one_time_secret_is_written_so_for_ever() -> None:
    drawn = bytes(range(224, 256))
    text = urlsafe_b64encode(drawn).decode().rstrip("=")
    assert one_time.secret_text(one_time.Prefix.DEVICE, drawn=drawn) == f"bld_{text}"
    assert one_time.digest_of("bld_x") == hashlib.sha256(b"bld_x").digest()
    assert one_time.digest_of("\ud800") == hashlib.sha256(b"\xed\xa0\x80").digest()
    following = hmac.digest(b"salt", b"blr_a", "sha256")
    text = urlsafe_b64encode(following).decode().rstrip("=")
    assert one_time.successor_of("blr_a", salt=b"salt") == f"blr_{text}"
    assert one_time.successor_of("\ud800", salt=b"salt").startswith("blr_")
    for length in (31, 33):
        with pytest.raises(ValueError, match=r"^a secret is made of 32 random bytes$"):
            one_time.secret_text(one_time.Prefix.RESET, drawn=bytes(length))
    assert one_time.LENGTH_MAX == 64


def test_sessions_last_as_the_documents_say() -> None:
    limits = SessionLimits()
    assert (limits.idle, limits.absolute) == (timedelta(minutes=30), timedelta(hours=12))
    assert limits.remembered_idle == timedelta(days=30)
    assert limits.remembered_absolute == timedelta(days=30)
    assert (limits.retry, limits.open_max) == (timedelta(seconds=10), 50)
    assert SessionLimits(retry=timedelta(0), open_max=1, idle=TICK).open_max == 1
    said = "^the limits of sessions are positive$"
    wrong: list[dict[str, Any]] = [
        {name: timedelta(0)}
        for name in ("idle", "absolute", "remembered_idle", "remembered_absolute")
    ]
    for changes in (*wrong, {"retry": -TICK}, {"open_max": 0}):
        with pytest.raises(ValueError, match=said):
            replace(limits, **changes)


def test_a_visitor_is_cut_and_counted_by_network() -> None:
    for length, kept in ((299, 299), (300, 300), (301, 300)):
        assert Visitor(user_agent="x" * length).user_agent == "x" * kept
    assert (Visitor().ip, Visitor().user_agent) == ("", "")
    assert Visitor(ip="2001:db8::1").network == Visitor(ip="2001:db8::ffff:1").network


def test_a_session_ends_once_and_is_used_from_anywhere() -> None:
    session = Session(
        id=ONE,
        tenant_id=TWO,
        user_id=THREE,
        device_id=None,
        device_label="Desk",
        visitor=Visitor(),
        opened_at=AT,
        authenticated_at=AT,
        used_at=AT,
        idle=timedelta(minutes=30),
        expires_at=AT + timedelta(hours=12),
    )
    assert (session.ended_at, session.end) == (None, None)
    there = Visitor(ip="192.0.2.1")
    assert session.used(at=AT + TICK, visitor=there) == replace(
        session, used_at=AT + TICK, visitor=there
    )
    assert session.ended(at=AT, end=SessionEnd.CROWDED) == replace(
        session, ended_at=AT, end=SessionEnd.CROWDED
    )
    fresh = RefreshToken(digest=b"d", tenant_id=TWO, session_id=ONE, issued_at=AT)
    assert (fresh.used_at, fresh.salt) == (None, None)
    device = Device(
        id=ONE, tenant_id=TWO, user_id=THREE, digest=b"d", label="", created_at=AT, seen_at=AT
    )
    assert device.label == ""


RULES = PasswordRules()


@pytest.mark.parametrize(
    ("password", "weakness"),
    [
        ("x" * 14, Weakness.TOO_SHORT),
        ("orbit velvet ca", None),
        # As long as may be, in bytes.
        ("q9 é" + "k3_Zt" * 203 + "orb4", None),
        ("q9 é" + "k3_Zt" * 203 + "orb45", Weakness.TOO_LONG),
        # A piece of seven is a pattern, one of eight is not.
        ("orbits7" * 3, Weakness.REPETITIVE),
        ("orbits7" * 2 + "orb", Weakness.REPETITIVE),
        ("orbits78" * 3, None),
        ("orbits78" * 2, None),
        # It has to come twice at least.
        ("abcabc1abcabc1x", None),
        # Along the keyboard, in both directions, and around the end.
        ("1qaz2wsx3edc4rfv", Weakness.SEQUENCE),
        ("mnbvcxzlkjhgfdsa", Weakness.SEQUENCE),
        ("yzabcdefghijklmn", Weakness.SEQUENCE),
        ("abcdefghijklmnoq", None),
        ("98765432109876543", Weakness.SEQUENCE),
    ],
)
def test_each_rule_of_passwords_begins_and_ends_somewhere(
    password: str, weakness: Weakness | None
) -> None:
    assert RULES.weakness(password) is weakness


@pytest.mark.parametrize(
    ("password", "words", "weakness"),
    [
        # Three letters are left, then four.
        ("lovelace-123-abc", ["Lovelace"], Weakness.PERSONAL),
        ("lovelace-123-abcd", ["Lovelace"], None),
        # A word of four counts, one of three does not.
        ("adas-1234567890-", ["adas"], Weakness.PERSONAL),
        ("ada-123456-78901", ["ada"], None),
        # Longer words go first: what is within them is not left over.
        ("adalovelace-2026", ["lovelace", "adalovelace"], Weakness.PERSONAL),
        ("2026-2027-20289:", ["lovelace"], None),
    ],
)
def test_a_password_of_what_everyone_knows_is_none(
    password: str, words: list[str], weakness: Weakness | None
) -> None:
    assert RULES.weakness(password, words=words) is weakness
    assert PasswordRules(length_min=15) == RULES
