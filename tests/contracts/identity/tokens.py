"""What every adapter of AccessTokens promises."""

from abc import abstractmethod
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from adapters.memory.time import ManualClock
from domain.identity.access import NOTHING, GrantLevel, Permission, Role, access_of
from domain.identity.session import Session, Visitor
from domain.identity.signed_rights import STOPS_MAX
from ports.identity import AccessTokens, InvalidToken
from tests.contracts.contract import Contract

NOW = datetime(2026, 1, 2, 15, 4, 5, 678_000, tzinfo=UTC)
USER = UUID("01900000-0000-7000-8000-000000000001")
TENANT = UUID("01900000-0000-7000-8000-000000000002")
OTHER = UUID("01900000-0000-7000-8000-000000000003")
TTL = timedelta(minutes=5)


class AccessTokensContract(Contract):
    """Subclasses give `tokens` and `strangers` (another key) on `clock`, TTL five minutes."""

    @pytest.fixture
    def clock(self) -> ManualClock:
        return ManualClock(NOW)

    @pytest.fixture
    @abstractmethod
    def tokens(self, clock: ManualClock) -> AccessTokens: ...

    @pytest.fixture
    @abstractmethod
    def strangers(self, clock: ManualClock) -> AccessTokens: ...

    def test_a_token_names_its_user_and_tenant(self, tokens: AccessTokens) -> None:
        token, issued = tokens.issue(user_id=USER, tenant_id=TENANT)
        assert tokens.verify(token) == issued
        assert (issued.user_id, issued.tenant_id) == (USER, TENANT)
        assert NOW + TTL - timedelta(seconds=1) <= issued.expires_at <= NOW + TTL

    def test_no_two_tokens_have_the_same_id(self, tokens: AccessTokens) -> None:
        _, one = tokens.issue(user_id=USER, tenant_id=TENANT)
        _, two = tokens.issue(user_id=USER, tenant_id=TENANT)
        assert one.token_id != two.token_id

    def test_a_sessions_token_names_it_and_ends_with_it(
        self, tokens: AccessTokens, clock: ManualClock
    ) -> None:
        session = Session(
            id=OTHER,
            tenant_id=TENANT,
            user_id=USER,
            device_id=None,
            device_label="",
            visitor=Visitor(),
            opened_at=NOW - TTL,
            authenticated_at=NOW - TTL,
            used_at=NOW,
            idle=TTL,
            expires_at=NOW + TTL / 2,
        )
        token, issued = tokens.issue(user_id=USER, tenant_id=TENANT, session=session)
        assert tokens.verify(token) == issued
        assert issued.session_id == OTHER
        assert issued.authenticated_at == (NOW - TTL).replace(microsecond=0)
        assert issued.expires_at == (NOW + TTL / 2).replace(microsecond=0)
        plain, said = tokens.issue(user_id=USER, tenant_id=TENANT)
        assert tokens.verify(plain) == said
        assert said.session_id is None
        assert said.authenticated_at == NOW.replace(microsecond=0)

    @pytest.mark.parametrize("seen_before", [True, False])
    def test_a_token_ends_thirty_seconds_after_its_expiry(
        self, tokens: AccessTokens, clock: ManualClock, seen_before: bool
    ) -> None:
        token, issued = tokens.issue(user_id=USER, tenant_id=TENANT)
        if seen_before:
            tokens.verify(token)
        left_s = (issued.expires_at - NOW).total_seconds()
        clock.advance(left_s + 29)
        if seen_before:
            tokens.verify(token)
        clock.advance(1)
        for _ in range(2):
            with pytest.raises(InvalidToken):
                tokens.verify(token)

    def test_another_key_does_not_open_the_door(
        self, tokens: AccessTokens, strangers: AccessTokens
    ) -> None:
        token, _ = strangers.issue(user_id=USER, tenant_id=TENANT)
        with pytest.raises(InvalidToken):
            tokens.verify(token)

    def test_every_changed_character_is_noticed(self, tokens: AccessTokens) -> None:
        token, _ = tokens.issue(user_id=USER, tenant_id=TENANT)
        for place in range(0, len(token), 7):
            # The last character of base64 text may hold bits that carry nothing.
            if place + 1 in (len(token), *_ends(token)):
                continue
            other = "A" if token[place] != "A" else "B"
            with pytest.raises(InvalidToken):
                tokens.verify(token[:place] + other + token[place + 1 :])

    @pytest.mark.parametrize(
        "token", ["", ".", "..", "...", "a.b.c", "é.é.é", "\ud800", "a" * 100_000, "\0", "null"]
    )
    def test_nonsense_is_an_invalid_token(self, tokens: AccessTokens, token: str) -> None:
        with pytest.raises(InvalidToken):
            tokens.verify(token)

    def test_a_token_says_what_its_user_may_stop_and_nothing_else(
        self, tokens: AccessTokens
    ) -> None:
        trader = access_of(Role.TRADER, grants={OTHER: GrantLevel.ROLE, USER: GrantLevel.READ})
        token, _ = tokens.issue(user_id=USER, tenant_id=TENANT, access=trader)
        signed = tokens.verify(token).signed
        assert signed.permissions == {Permission.KILL_ACTIVATE}
        assert signed.may_on(Permission.KILL_ACTIVATE, account_id=OTHER)
        # What is granted to read only is not theirs to stop, and the tenant neither.
        assert not signed.may_on(Permission.KILL_ACTIVATE, account_id=USER)
        assert not signed.may_on(Permission.KILL_ACTIVATE, account_id=None)

    def test_an_owners_token_says_that_everything_may_be_stopped(
        self, tokens: AccessTokens
    ) -> None:
        owner = access_of(Role.OWNER, grants={})
        token, _ = tokens.issue(user_id=USER, tenant_id=TENANT, access=owner)
        assert tokens.verify(token).signed.may_on(Permission.KILL_ACTIVATE, account_id=None)

    @pytest.mark.parametrize("role", [Role.VIEWER, Role.AUDITOR])
    def test_who_may_not_stop_has_a_token_that_stops_nothing(
        self, tokens: AccessTokens, role: Role
    ) -> None:
        access = access_of(role, grants={OTHER: GrantLevel.ROLE})
        token, _ = tokens.issue(user_id=USER, tenant_id=TENANT, access=access)
        assert tokens.verify(token).signed == NOTHING

    def test_a_token_names_no_more_accounts_than_a_header_has_room_for(
        self, tokens: AccessTokens
    ) -> None:
        grants = {UUID(int=number): GrantLevel.ROLE for number in range(STOPS_MAX + 1)}
        token, _ = tokens.issue(
            user_id=USER, tenant_id=TENANT, access=access_of(Role.TRADER, grants=grants)
        )
        assert tokens.verify(token).signed == NOTHING
        assert len(token) < 4096


def _ends(token: str) -> list[int]:
    return [place for place, character in enumerate(token) if character == "."]
