"""What a role, its grants and a token's scopes allow, and that nothing ever widens."""

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.identity.access import (
    EVERYTHING,
    FOR_PERSONS,
    NOTHING,
    OF_ONESELF,
    OF_THE_TENANT,
    READS,
    ROLES,
    SEES_ALL,
    Access,
    GrantLevel,
    Permission,
    Role,
    access_of,
)

ACCOUNTS = [UUID(int=number) for number in range(1, 6)]
PLACES = [None, *ACCOUNTS]

grants = st.dictionaries(st.sampled_from(ACCOUNTS), st.sampled_from(GrantLevel))
scopes = st.sets(st.sampled_from(Permission))
some_accounts = st.none() | st.frozensets(st.sampled_from(ACCOUNTS))
roles = st.sampled_from(Role)


def _allowed(access: Access) -> set[tuple[Permission, UUID | None]]:
    return {
        (permission, place)
        for permission in Permission
        for place in PLACES
        if access.may_on(permission, account_id=place)
    }


@given(role=roles, granted=grants, scopes=scopes, accounts=some_accounts)
def test_a_token_never_widens(
    role: Role,
    granted: dict[UUID, GrantLevel],
    scopes: set[Permission],
    accounts: frozenset[UUID] | None,
) -> None:
    whole = access_of(role, grants=granted)
    narrowed = whole.narrowed(scopes=scopes, accounts=accounts)
    assert _allowed(narrowed) <= _allowed(whole)
    assert narrowed.permissions <= whole.permissions & scopes
    assert not narrowed.permissions & FOR_PERSONS
    for place in ACCOUNTS:
        assert whole.sees(place) or not narrowed.sees(place)
        if accounts is not None and place not in accounts:
            assert not narrowed.sees(place)
    again = narrowed.narrowed(scopes=EVERYTHING, accounts=None)
    assert _allowed(again) == _allowed(narrowed)


@given(role=roles, granted=grants)
def test_a_grant_never_gives_what_the_role_does_not(
    role: Role, granted: dict[UUID, GrantLevel]
) -> None:
    access = access_of(role, grants=granted)
    assert access.permissions <= ROLES[role]
    for permission, place in _allowed(access):
        assert permission in ROLES[role]
        if role in SEES_ALL:
            continue
        if place is None:
            assert permission in READS | OF_ONESELF
        else:
            level = granted[place]
            assert level is GrantLevel.ROLE or permission in READS


@given(role=roles, granted=grants, more=grants)
def test_granting_more_accounts_takes_none_away(
    role: Role, granted: dict[UUID, GrantLevel], more: dict[UUID, GrantLevel]
) -> None:
    fewer = access_of(role, grants=granted)
    wider = access_of(role, grants={**more, **granted})
    assert _allowed(fewer) <= _allowed(wider)


@given(role=roles.filter(lambda one: one not in SEES_ALL), granted=grants)
def test_nothing_of_the_whole_tenant_without_all_of_its_accounts(
    role: Role, granted: dict[UUID, GrantLevel]
) -> None:
    assert not access_of(role, grants=granted).permissions & OF_THE_TENANT


def test_by_default_nothing_is_allowed() -> None:
    assert Access() == NOTHING
    assert _allowed(NOTHING) == set()
    assert not any(NOTHING.sees(account_id) for account_id in ACCOUNTS)


def test_the_owner_may_do_everything_everywhere() -> None:
    owner = access_of(Role.OWNER, grants={})
    assert _allowed(owner) == {(one, place) for one in EVERYTHING for place in PLACES}


def test_an_auditor_sees_everything_and_changes_nothing() -> None:
    auditor = access_of(Role.AUDITOR, grants={})
    assert all(auditor.sees(place) for place in ACCOUNTS)
    assert auditor.permissions <= READS | OF_ONESELF
    # A grant to read takes nothing away from who sees all anyway.
    assert access_of(Role.AUDITOR, grants={ACCOUNTS[0]: GrantLevel.READ}) == auditor


@pytest.mark.parametrize("role", [Role.TRADER, Role.VIEWER, Role.TRUSTEE, Role.AGENT])
def test_without_a_grant_no_account_is_reached(role: Role) -> None:
    access = access_of(role, grants={})
    assert not any(access.sees(place) for place in ACCOUNTS)
    assert all(place is None for _, place in _allowed(access))


def test_only_who_trades_trades_and_a_trustee_takes_back() -> None:
    held = {role for role in Role if Permission.ORDERS_TRADE in ROLES[role]}
    assert held == {Role.OWNER, Role.TRADER, Role.AGENT}
    assert Permission.ORDERS_CANCEL in ROLES[Role.TRUSTEE]
    assert Permission.KILL_ACTIVATE in ROLES[Role.TRUSTEE]
    released = {role for role in Role if Permission.KILL_RELEASE in ROLES[role]}
    assert released == {Role.OWNER}


def test_a_grant_to_read_leaves_reading() -> None:
    access = access_of(
        Role.TRADER, grants={ACCOUNTS[0]: GrantLevel.READ, ACCOUNTS[1]: GrantLevel.ROLE}
    )
    assert access.may_on(Permission.ORDERS_READ, account_id=ACCOUNTS[0])
    assert not access.may_on(Permission.ORDERS_TRADE, account_id=ACCOUNTS[0])
    assert access.may_on(Permission.ORDERS_TRADE, account_id=ACCOUNTS[1])
    assert not access.may_on(Permission.ORDERS_TRADE, account_id=ACCOUNTS[2])
    assert not access.may_on(Permission.ORDERS_TRADE, account_id=None)
