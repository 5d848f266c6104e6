"""A refresh token is good once, for its device; used again it ends the session."""

import asyncio

import pytest

from application.identity.issued import IssuedToken
from application.identity.refresh import RefreshRefused
from domain.identity.change import ChangeKind
from domain.identity.session import SessionEnd
from tests.memory import database_of
from tests.unit.application.identity.door import Door, Visit


@pytest.fixture
async def door() -> Door:
    return await Door().furnish()


@pytest.fixture
async def visit(door: Door) -> Visit:
    return await door.log_in()


async def _refreshed(door: Door, visit: Visit, *, token: str | None = None) -> IssuedToken:
    issued = await door.refresh(token or visit.refresh.token, visit.refresh.device_token)
    assert isinstance(issued, IssuedToken)
    assert issued.refresh is not None
    return issued


async def test_new_tokens_are_of_the_same_session_and_log_in(door: Door, visit: Visit) -> None:
    door.clock.advance(600)
    issued = await _refreshed(door, visit)
    assert issued.refresh is not None
    assert issued.refresh.token != visit.refresh.token
    assert issued.refresh.session_id == visit.refresh.session_id
    assert issued.principal.session_id == visit.issued.principal.session_id
    assert issued.principal.authenticated_at == visit.issued.principal.authenticated_at
    assert issued.expires_at > visit.issued.expires_at
    assert await door.holds(issued.token)


async def test_a_chain_of_refreshes_ends_after_twelve_hours(door: Door, visit: Visit) -> None:
    token, ends = visit.refresh.token, visit.issued.expires_at
    for _ in range(28):
        door.clock.advance(1_500)
        issued = await _refreshed(door, visit, token=token)
        assert issued.refresh is not None
        token, ends = issued.refresh.token, issued.expires_at
    door.clock.advance(1_190)
    issued = await _refreshed(door, visit, token=token)
    assert issued.refresh is not None
    # Ten seconds are left, and no access token outlives its session.
    assert (issued.expires_at - door.clock.now()).total_seconds() <= 10
    assert issued.expires_at > ends
    door.clock.advance(10)
    assert await door.refresh(issued.refresh.token, visit.refresh.device_token) == RefreshRefused()


async def test_a_session_that_rests_for_half_an_hour_is_over(door: Door, visit: Visit) -> None:
    door.clock.advance(1_800)
    assert await door.refresh(visit.refresh.token, visit.refresh.device_token) == RefreshRefused()


async def test_a_remembered_session_may_rest_for_two_weeks(door: Door) -> None:
    visit = await door.log_in(remember=True)
    door.clock.advance(14 * 86_400 - 1)
    await _refreshed(door, visit)


async def test_the_same_successor_comes_again_for_ten_seconds(door: Door, visit: Visit) -> None:
    first = await _refreshed(door, visit)
    door.clock.advance(9.9)
    again = await _refreshed(door, visit)
    assert first.refresh is not None
    assert again.refresh is not None
    assert again.refresh.token == first.refresh.token
    door.clock.advance(0.1)
    refused = await door.refresh(visit.refresh.token, visit.refresh.device_token)
    assert refused == RefreshRefused(reused=True)


async def test_fifty_at_once_get_one_successor(door: Door, visit: Visit) -> None:
    asked = [door.refresh(visit.refresh.token, visit.refresh.device_token) for _ in range(50)]
    said = await asyncio.gather(*asked)
    tokens = {one.refresh.token for one in said if isinstance(one, IssuedToken) and one.refresh}
    assert len(tokens) == 1
    assert all(isinstance(one, IssuedToken) for one in said)


async def test_reuse_ends_the_whole_session_and_is_told(door: Door, visit: Visit) -> None:
    first = await _refreshed(door, visit)
    assert first.refresh is not None
    door.clock.advance(60)
    refused = await door.refresh(visit.refresh.token, visit.refresh.device_token)
    assert refused == RefreshRefused(reused=True)
    for token in (first.refresh.token, visit.refresh.token):
        assert await door.refresh(token, visit.refresh.device_token) == RefreshRefused()
    for token in (visit.issued.token, first.token):
        assert not await door.holds(token)
    assert await door.told() == [ChangeKind.SESSION_ENDED]
    assert (await door.actions())[-1] == "session.reuse"
    async with door.storage.identity.begin() as scope:
        session = await scope.sessions.get(visit.refresh.session_id)
    assert session is not None
    assert session.end is SessionEnd.REUSED


async def test_a_retry_after_the_successor_was_used_is_reuse(door: Door, visit: Visit) -> None:
    first = await _refreshed(door, visit)
    assert first.refresh is not None
    await _refreshed(door, visit, token=first.refresh.token)
    refused = await door.refresh(visit.refresh.token, visit.refresh.device_token)
    assert refused == RefreshRefused(reused=True)


async def test_another_device_gets_nothing_and_ends_the_session(door: Door, visit: Visit) -> None:
    other = await door.log_in()
    refused = await door.refresh(visit.refresh.token, other.refresh.device_token)
    assert refused == RefreshRefused(reused=True)
    assert not await door.holds(visit.issued.token)
    assert await door.holds(other.issued.token)


@pytest.mark.parametrize("token", ["", "blr_", "x" * 10_000, "\ud800", "blr_" + "A" * 43])
async def test_an_unknown_token_ends_nothing(door: Door, visit: Visit, token: str) -> None:
    assert await door.refresh(token, visit.refresh.device_token) == RefreshRefused()
    assert await door.holds(visit.issued.token)


async def test_nothing_that_lets_anyone_in_is_stored_in_plain(door: Door, visit: Visit) -> None:
    issued = await _refreshed(door, visit)
    assert issued.refresh is not None
    database = database_of(door.storage.people)
    kept = repr((database.refreshes, database.devices, database.sessions, database.audit))
    for secret in (visit.refresh.token, issued.refresh.token, visit.refresh.device_token):
        assert secret not in kept
        assert secret.partition("_")[2] not in kept
    assert visit.refresh.token not in repr(visit)
