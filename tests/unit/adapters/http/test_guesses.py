"""Guesses at tokens meet their network's rate before they can reach storage."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any
from uuid import UUID

import httpx
import pytest

from adapters.http.rates import Rates
from adapters.http.settings import HttpSettings
from application.identity.rights import LOOKUPS_MAX, LOOKUPS_WAITING_MAX, Rights
from bootstrap.storage import Storage, build_memory
from domain.identity.personal_token import SECRET_BYTES, PersonalToken, secret_of
from ports.access import PersonalTokens
from ports.identity import InvalidToken
from ports.rate_limits import RateLimit
from ports.storage import StorageUnavailable
from ports.tickets import Session
from tests.unit.adapters.http.context import Context, open_context
from tests.unit.adapters.http.streams.socket import Closed, connected

BURST = 5


def _guess(number: int) -> str:
    """Return a token that could be one of ours, and is not."""
    return secret_of(number.to_bytes(SECRET_BYTES))


class Counting:
    """Personal tokens that count how often storage is asked for one."""

    def __init__(self, inner: PersonalTokens) -> None:
        self._inner = inner
        self.asked = 0
        self.at_once = 0
        self.most_at_once = 0
        self.slow = False

    async def by_digest(self, digest: bytes) -> PersonalToken | None:
        """Count, and ask the inner ones."""
        self.asked += 1
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            if self.slow:
                await asyncio.sleep(0.001)
            return await self._inner.by_digest(digest)
        finally:
            self.at_once -= 1

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)


class Flooded:
    """A desk whose owner has a token for scripts, over storage that counts."""

    def __init__(self, context: Context, counting: Counting, *, good: str) -> None:
        self.good = good
        self.context = context
        self.counting = counting

    async def knock(self, secrets: Sequence[str], *, at: str = "198.51.100.7") -> list[int]:
        """Ask once under each token, from one network."""
        app: Any = self.context.app
        transport = httpx.ASGITransport(app=app, client=(at, 1))
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
            return [
                (
                    await client.get("/api/v1/orders", headers={"Authorization": f"Bearer {one}"})
                ).status_code
                for one in secrets
            ]


@asynccontextmanager
async def flooded() -> AsyncIterator[Flooded]:
    few = RateLimit(name="open", per_s=1, burst=BURST)
    settings = HttpSettings(access_log=False, rates=Rates(open=few, shared=frozenset()))
    made: list[Counting] = []

    def counted(system: Any) -> Storage:
        storage = build_memory(system)
        made.append(Counting(storage.personal_tokens))
        return replace(storage, personal_tokens=made[0])

    async with open_context(settings, storage_of=counted) as context:
        asked = {"name": "script", "scopes": ["orders.read"], "expires_in_s": 86_400}
        async with context.client() as client:
            made_token = (await client.post("/api/v1/tokens", json=asked)).json()["token"]
        yield Flooded(context, made[0], good=made_token)


async def test_a_flood_of_guesses_reaches_storage_no_more_often_than_its_rate() -> None:
    async with flooded() as hall:
        answers = await hall.knock([_guess(number) for number in range(1, 200)])
        assert answers == [401] * BURST + [429] * (199 - BURST)
        assert hall.counting.asked == BURST
        hall.context.clock.advance(2)
        assert await hall.knock([_guess(number) for number in range(500, 510)]) == (
            [401] * 2 + [429] * 8
        )
        assert hall.counting.asked == BURST + 2


async def test_guesses_that_come_at_once_reach_it_no_more_often_either() -> None:
    async with flooded() as hall:
        hall.counting.slow = True
        answers = await asyncio.gather(*(hall.knock([_guess(one)]) for one in range(1, 101)))
        assert sorted(answers) == [[401]] * BURST + [[429]] * (100 - BURST)
        assert hall.counting.asked == BURST


async def test_whoever_is_known_comes_in_beside_a_flood_from_the_same_network() -> None:
    async with flooded() as hall:
        # Seen once, before.
        assert await hall.knock([hall.good]) == [200]
        await hall.knock([_guess(number) for number in range(1, 50)])
        asked = hall.counting.asked
        # Its memory has aged, so that storage is asked, as it is for whoever is known.
        hall.context.clock.advance(0.3)
        assert await hall.knock([hall.good] * 3) == [200] * 3
        assert hall.counting.asked > asked
        # An access token proves by its signature that it is ours, seen or not.
        assert await hall.knock([hall.context.token] * 3) == [200] * 3
        assert await hall.knock([hall.good], at="203.0.113.9") == [200]


async def test_a_first_look_that_finds_somebody_takes_nothing_from_their_network() -> None:
    async with flooded() as hall:
        assert await hall.knock([hall.good]) == [200]
        assert await hall.knock([_guess(one) for one in range(1, 9)]) == [401] * BURST + [429] * 3


async def test_another_network_is_not_held_up() -> None:
    async with flooded() as hall:
        await hall.knock([_guess(number) for number in range(1, 50)])
        assert await hall.knock([hall.good], at="203.0.113.9") == [200]


async def test_what_cannot_be_a_token_is_never_looked_for() -> None:
    async with flooded() as hall:
        forged = hall.good[:-1] + ("0" if hall.good[-1] != "0" else "1")
        assert await hall.knock([forged, "blst_", "blst_" + "x" * 39]) == [401] * 3
        assert hall.counting.asked == 0


async def test_guesses_at_tickets_and_tokens_over_websockets_meet_the_rate_too() -> None:
    async with flooded() as hall:
        codes: list[int] = []
        for number in range(1, BURST + 4):
            headers = {"Authorization": f"Bearer {_guess(number)}"}
            with pytest.raises(Closed) as refused:
                async with connected(hall.context.app, headers=headers):
                    pass
            codes.append(refused.value.code)
        assert codes == [401] * BURST + [429] * 3
        assert hall.counting.asked == BURST
        tickets = hall.context.facades.tickets
        ticket = await tickets.issue(_session(hall.context), lasts_s=30)
        with pytest.raises(Closed, match="429"):
            async with connected(hall.context.app, query=f"ticket={ticket}"):
                pass
        # Not looked at, and so not used up.
        assert await tickets.redeem(ticket) is not None


def _session(context: Context) -> Session:
    return Session(principal=context.tokens.verify(context.token), token=context.token)


class _Stuck:
    """Storage that does not answer for as long as it is told."""

    def __init__(self) -> None:
        self.go_on = asyncio.Event()
        self.at_once = 0
        self.most_at_once = 0

    async def by_digest(self, digest: bytes) -> None:
        del digest
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        await self.go_on.wait()
        self.at_once -= 1

    async def of(self, *, member_id: UUID) -> None:
        del member_id


async def test_guesses_from_everywhere_leave_storage_to_who_is_known() -> None:
    storage: Any = _Stuck()
    async with open_context() as context:
        rights = Rights(members=storage, tokens=storage, clock=context.clock)
    looks = [
        asyncio.create_task(rights.of_personal(_guess(one)))
        for one in range(1, LOOKUPS_WAITING_MAX + 1)
    ]
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    with pytest.raises(StorageUnavailable):
        await rights.of_personal(_guess(0))
    storage.go_on.set()
    ended = await asyncio.gather(*looks, return_exceptions=True)
    assert {type(one) for one in ended} == {InvalidToken}
    assert storage.most_at_once == LOOKUPS_MAX
