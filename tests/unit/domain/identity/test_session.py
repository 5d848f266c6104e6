"""Sessions end in time, and refresh tokens are worth something once."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.identity.one_time import (
    LENGTH_MAX,
    SECRET_BYTES,
    Prefix,
    digest_of,
    secret_text,
    successor_of,
)
from domain.identity.refresh import RefreshToken, Verdict, judge
from domain.identity.session import Session, SessionEnd, SessionLimits, Visitor

AT = datetime(2026, 1, 2, 15, 4, 5, tzinfo=UTC)
ONE, OTHER = UUID(int=1), UUID(int=2)
RETRY = timedelta(seconds=10)
SESSION = Session(
    id=ONE,
    tenant_id=ONE,
    user_id=ONE,
    device_id=ONE,
    device_label="Desk",
    visitor=Visitor(),
    opened_at=AT,
    authenticated_at=AT,
    used_at=AT,
    idle=timedelta(minutes=30),
    expires_at=AT + timedelta(hours=12),
)
TOKEN = RefreshToken(digest=b"1", tenant_id=ONE, session_id=ONE, issued_at=AT)
USED = replace(TOKEN, used_at=AT, salt=b"s")
NEXT = RefreshToken(digest=b"2", tenant_id=ONE, session_id=ONE, issued_at=AT)


def _judged(
    token: RefreshToken = TOKEN,
    *,
    session: Session = SESSION,
    device_id: UUID | None = ONE,
    successor: RefreshToken | None = None,
    after_s: float = 0,
) -> Verdict:
    return judge(
        token,
        session=session,
        device_id=device_id,
        successor=successor,
        now=AT + timedelta(seconds=after_s),
        retry=RETRY,
    )


def test_a_session_lapses_when_it_rests_too_long_or_is_too_old() -> None:
    idle_s = 1_800
    assert SESSION.is_open(AT + timedelta(seconds=idle_s, microseconds=-1))
    assert not SESSION.is_open(AT + timedelta(seconds=idle_s))
    used = SESSION
    for _ in range(30):
        used = used.used(at=used.lapses_at - timedelta(seconds=1), visitor=Visitor())
    assert used.lapses_at == SESSION.expires_at
    assert not used.is_open(SESSION.expires_at)


def test_what_ended_stays_as_it_ended() -> None:
    ended = SESSION.ended(at=AT, end=SessionEnd.REUSED)
    assert not ended.is_open(AT)
    assert ended.ended(at=AT + RETRY, end=SessionEnd.LOGOUT) is ended


def test_a_use_never_sets_a_session_back() -> None:
    assert SESSION.used(at=AT - RETRY, visitor=Visitor()).used_at == AT


def test_a_new_token_is_rotated_on_its_device_only() -> None:
    assert _judged() is Verdict.ROTATE
    assert _judged(device_id=OTHER) is Verdict.STOLEN
    assert _judged(device_id=None) is Verdict.STOLEN
    # A script's session has no device: no token can be its.
    assert _judged(session=replace(SESSION, device_id=None), device_id=None) is Verdict.STOLEN


@pytest.mark.parametrize(
    ("after_s", "verdict"),
    [(0, Verdict.REPEAT), (9.999, Verdict.REPEAT), (10, Verdict.STOLEN), (11, Verdict.STOLEN)],
)
def test_a_lost_reply_may_be_asked_for_again_for_ten_seconds(
    after_s: float, verdict: Verdict
) -> None:
    assert _judged(USED, successor=NEXT, after_s=after_s) is verdict


def test_nothing_is_repeated_once_the_successor_was_used_or_cannot_be_made() -> None:
    assert _judged(USED, successor=replace(NEXT, used_at=AT)) is Verdict.STOLEN
    assert _judged(USED, successor=None) is Verdict.STOLEN
    assert _judged(USED, successor=NEXT, device_id=OTHER) is Verdict.STOLEN


def test_what_is_over_is_not_stolen() -> None:
    ended = SESSION.ended(at=AT, end=SessionEnd.LOGOUT)
    assert _judged(session=ended) is Verdict.ENDED
    assert _judged(USED, session=ended, device_id=OTHER) is Verdict.ENDED
    assert _judged(USED, after_s=1_800) is Verdict.LAPSED


@given(
    used=st.booleans(),
    device=st.sampled_from([ONE, OTHER, None]),
    successor=st.sampled_from([None, NEXT, replace(NEXT, used_at=AT)]),
    after_s=st.floats(min_value=0, max_value=50_000),
)
def test_only_two_verdicts_give_tokens_and_only_to_the_open_sessions_device(
    used: bool, device: UUID | None, successor: RefreshToken | None, after_s: float
) -> None:
    verdict = _judged(
        USED if used else TOKEN, device_id=device, successor=successor, after_s=after_s
    )
    if verdict in (Verdict.ROTATE, Verdict.REPEAT):
        assert device == ONE
        assert after_s < 1_800
        assert used == (verdict is Verdict.REPEAT)
        assert not used or after_s < 10


@pytest.mark.parametrize(
    "changed",
    [{"idle": timedelta(0)}, {"retry": timedelta(seconds=-1)}, {"open_max": 0}],
)
def test_limits_that_make_no_sense_are_refused(changed: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="positive"):
        SessionLimits(**changed)


@pytest.mark.parametrize(
    ("ip", "network"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("", ""),
        ("testclient", "testclient"),
    ],
)
def test_tries_are_counted_under_the_network_that_one_site_has(ip: str, network: str) -> None:
    assert Visitor(ip=ip).network == network


def test_a_long_user_agent_is_cut() -> None:
    assert len(Visitor(user_agent="x" * 10_000).user_agent) == 300


def test_secrets_say_what_they_are_and_are_kept_as_digests() -> None:
    made = secret_text(Prefix.REFRESH, drawn=bytes(SECRET_BYTES))
    assert made.startswith("blr_")
    assert len(made) <= LENGTH_MAX
    assert digest_of(made) != digest_of(made + "x")
    assert digest_of("\ud800")
    with pytest.raises(ValueError, match="random bytes"):
        secret_text(Prefix.DEVICE, drawn=b"short")


def test_a_successor_needs_both_the_token_and_the_salt() -> None:
    following = successor_of("blr_a", salt=b"1" * 32)
    assert following == successor_of("blr_a", salt=b"1" * 32)
    assert following != successor_of("blr_a", salt=b"2" * 32)
    assert following != successor_of("blr_b", salt=b"1" * 32)
    assert following.startswith("blr_")
