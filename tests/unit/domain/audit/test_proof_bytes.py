"""What proofs are taken over never changes: an old trail must verify for ever."""

import hmac
from datetime import UTC, datetime
from uuid import UUID

import pytest

from domain.audit.entry import NOBODY, AuditEntry
from domain.audit.macs import START, UnknownKey, audit_key, audit_keys, entry_bytes, link_bytes
from domain.audit.origin import (
    NOWHERE,
    Origin,
    agent_now,
    coming_from,
    current,
    ip_now,
    plain_agent,
    session_now,
)

MASTER = bytes(range(32))
AT = datetime(2026, 3, 2, 14, 5, 6, 7, tzinfo=UTC)


def test_an_entry_is_written_so_for_ever() -> None:
    said = entry_bytes(
        id=UUID(int=1),
        tenant_id=UUID(int=2),
        account_id=UUID(int=3),
        actor="user:a",
        action="order.submit",
        subject="s\u00e9",
        at=AT,
        market_at=AT.replace(hour=15),
        trace_id="t",
        session_id=UUID(int=4),
        ip="192.0.2.1",
        user_agent="desk",
        reason="half \ud800",
        detail="{}",
        before="[]",
        after="",
    )
    assert said == (
        b"ballast.audit.entry.1 00000000-0000-0000-0000-000000000001"
        b" 00000000-0000-0000-0000-000000000002 00000000-0000-0000-0000-000000000003"
        b" 2026-03-02T14:05:06.000007+00:00 2026-03-02T15:05:06.000007+00:00"
        b" 00000000-0000-0000-0000-000000000004"
        b" 6:user:a12:order.submit2:s\xc3\xa91:t9:192.0.2.14:desk6:half \xed\xa0\x802:{}2:[]0:"
    )


def test_what_is_absent_is_a_dash() -> None:
    said = entry_bytes(
        id=UUID(int=1),
        tenant_id=UUID(int=2),
        account_id=None,
        actor="a",
        action="b",
        subject="c",
        at=AT,
        market_at=None,
        trace_id="",
        session_id=None,
        ip="",
        user_agent="",
        reason="",
        detail="",
        before="",
        after="",
    )
    assert said.endswith(b" - 2026-03-02T14:05:06.000007+00:00 - - 1:a1:b1:c0:0:0:0:0:0:0:")


@pytest.mark.parametrize(("adopted", "kind"), [(True, b"adopted"), (False, b"signed")])
def test_a_link_is_written_so_for_ever(adopted: bool, kind: bytes) -> None:
    said = link_bytes(
        tenant_id=UUID(int=2),
        position=12,
        previous=b"P" * 32,
        entry_id=UUID(int=1),
        mac=b"M" * 32,
        adopted=adopted,
    )
    assert said == (
        b"ballast.audit.link.1 00000000-0000-0000-0000-000000000002 12"
        b" 00000000-0000-0000-0000-000000000001 " + kind + b" " + b"P" * 32 + b"M" * 32
    )
    assert bytes(32) == START


@pytest.mark.parametrize("use", ["entry", "link", "anchor"])
@pytest.mark.parametrize("length", [0, 1, 63, 64, 65, 1_000])
def test_each_use_has_its_key_and_each_message_its_hmac(use: str, length: int) -> None:
    derived = hmac.digest(MASTER, b"ballast.audit.key.1 " + use.encode(), "sha256")
    message = bytes(length)
    key = audit_key(MASTER)
    assert getattr(key, use)(message) == hmac.digest(derived, message, "sha256")
    # A key that has made a proof makes the next one as if it were its first.
    assert getattr(key, use)(message) == hmac.digest(derived, message, "sha256")


def test_a_key_is_named_by_what_cannot_be_turned_back() -> None:
    named = hmac.digest(MASTER, b"ballast.audit.key.1 id", "sha256").hex()[:16]
    assert audit_key(MASTER).id == named
    with pytest.raises(UnknownKey, match=r"^key nobody is not here$") as caught:
        audit_keys(MASTER).named("nobody")
    assert caught.value.key_id == "nobody"
    with pytest.raises(UnknownKey, match=r"^key \(none\) is not here$"):
        audit_keys(MASTER).named("")
    for length in (31, 33):
        with pytest.raises(ValueError, match=f"^an audit key has 32 bytes, not {length}$"):
            audit_key(bytes(length))


def test_an_entry_says_where_its_action_came_from() -> None:
    origin = Origin(session_id=UUID(int=5), ip="192.0.2.1", user_agent="desk")

    def entry() -> AuditEntry:
        return AuditEntry(
            id=UUID(int=1), tenant_id=NOBODY, actor="a", action="b", subject="c", at=AT
        )

    with coming_from(origin):
        made = entry()
        with coming_from(Origin(ip="198.51.100.1")):
            assert (session_now(), ip_now(), agent_now()) == (None, "198.51.100.1", "")
        assert current() is origin
    assert (made.session_id, made.ip, made.user_agent) == (UUID(int=5), "192.0.2.1", "desk")
    assert current() is NOWHERE
    bare = entry()
    assert (bare.session_id, bare.ip, bare.user_agent) == (None, "", "")
    assert (bare.market_at, bare.account_id, bare.trace_id, bare.reason) == (None, None, "", "")
    assert (bare.detail, bare.before, bare.after) == ((), (), ())
    assert UUID("00000000-0000-0000-0000-000000000000") == NOBODY


def test_what_a_program_calls_itself_is_made_short_and_printable() -> None:
    assert plain_agent("desk/1.0 (x)") == "desk/1.0 (x)"
    assert plain_agent("a\nb\x1bc") == "a?b?c"
    assert plain_agent("x" * 200) == "x" * 200
    assert plain_agent("x" * 201) == "x" * 200
