"""What is told once is in no repr, and what nobody says has its documented default."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from application.identity import passkey_use, recovery
from application.identity.access_commands import ChangeMember, CreateToken
from application.identity.challenges import ChallengeAnswer, ChallengeOpened
from application.identity.deps import Asking
from application.identity.devices import OwnDevice
from application.identity.factor_results import Enrolled, NewCodes
from application.identity.invitations import Invited, JoinTry
from application.identity.issued import IssuedRefresh, IssuedToken
from application.identity.login import always
from application.identity.login_try import LoginTry
from application.identity.open_session import NEVER, OpenedSession
from application.identity.passkey_login import METHOD, PasskeyTry
from application.identity.passkey_use import HandedOut, PasskeyOptions
from application.identity.passwords import IssuedReset
from application.identity.refresh import RefreshRefused, RefreshTry
from application.identity.throttle import PER_IP_A_MINUTE, key_of
from domain.identity.demand import ALWAYS
from domain.identity.factor_codes import AppCode
from domain.identity.session import Visitor
from tests.unit.application.identity.rig import Rig, shows

SECRET = "the-secret"
# Whatever else is told beside a secret.
ELSE: Any = None
AT = datetime(2026, 1, 2, tzinfo=UTC)


@pytest.mark.parametrize(
    "told",
    [
        ChallengeOpened(token=SECRET, kinds=(), expires_at=AT),
        ChallengeAnswer(token=SECRET, proof=shows(None), device_token=SECRET),
        Invited(invitation=ELSE, token=SECRET),
        JoinTry(token=SECRET, name="Ada", password=SECRET),
        IssuedRefresh(token=SECRET, device_token=SECRET, session_id=UUID(int=1), lapses_at=AT),
        IssuedToken(token=SECRET, expires_at=AT, principal=ELSE),
        Enrolled(factor=ELSE, seed=SECRET, uri=SECRET, picture=SECRET, confirm_by=AT),
        NewCodes(codes=[SECRET]),
        LoginTry(email="ada@example.com", password=SECRET, device_token=SECRET),
        OpenedSession(session=ELSE, refresh_token=SECRET, device_token=SECRET),
        PasskeyTry(sent=ELSE, device_token=SECRET),
        PasskeyOptions(options=SECRET.encode(), expires_at=AT),
        HandedOut(challenge=SECRET.encode(), expires_at=AT),
        IssuedReset(token=SECRET, user=ELSE, expires_at=AT),
        RefreshTry(token=SECRET, device_token=SECRET),
        AppCode(SECRET),
    ],
    ids=lambda told: type(told).__name__,
)
def test_no_secret_is_in_a_repr(told: object) -> None:
    assert SECRET not in repr(told)


def test_what_is_tried_without_more_said() -> None:
    tried = LoginTry(email="ada@example.com", password="x")
    assert (tried.visitor, tried.trace_id, tried.device_label) == (Visitor(), "", "")
    assert (tried.lasting, tried.remember, tried.method) == (False, False, "password")
    assert (tried.device_token, tried.fingerprint) == (None, None)
    answer = ChallengeAnswer(token="x", proof=shows(None))
    assert (answer.visitor, answer.trace_id) == (Visitor(), "")
    assert (answer.device_token, answer.fingerprint) == (None, None)
    entering = PasskeyTry(sent=ELSE)
    assert (entering.visitor, entering.trace_id, entering.device_label) == (Visitor(), "", "")
    assert (entering.remember, entering.device_token) == (False, None)
    refreshing = RefreshTry(token="x", device_token="x")
    assert (refreshing.visitor, refreshing.trace_id) == (Visitor(), "")
    joining = JoinTry(token="x", name="Ada", password="x")
    assert (joining.visitor, joining.trace_id) == (Visitor(), "")
    asking = Asking(principal=ELSE)
    assert (asking.visitor, asking.trace_id) == (Visitor(), "")
    opened = OpenedSession(session=ELSE)
    assert (opened.refresh_token, opened.device_token) == (None, None)
    changing = ChangeMember(by=ELSE, member_id=UUID(int=1))
    assert (changing.role, changing.name, changing.disabled) == (None, None, None)
    creating = CreateToken(
        by=ELSE, name="x", scopes=frozenset(), accounts=None, lasts=timedelta(days=1)
    )
    assert creating.member_id is None


def test_what_is_answered_without_more_said() -> None:
    assert RefreshRefused().reused is False
    assert OwnDevice(device=ELSE).trusted_until is None
    assert IssuedToken(token="x", expires_at=AT, principal=ELSE).refresh is None


async def test_names_and_numbers_that_are_stored_or_documented() -> None:
    assert NEVER.timestamp() == 0
    assert (METHOD, passkey_use.CLONE_SUSPECTED) == ("passkey", "passkey.clone_suspected")
    assert (recovery.EVERY_S, PER_IP_A_MINUTE, key_of("A@b")) == (30.0, 20, "login:a@b")
    assert await always(ELSE, ELSE, None) is ALWAYS
    rig = Rig()
    assert (
        rig.deps.entry(tenant_id=rig.tenant.id, actor="a", action="b", subject="c", at=AT).detail
        == ()
    )
    assert (rig.throttle.per_ip, rig.fresh()) == (20, [])
