"""Login lets the owner in, nobody else, and slows guessing down."""

import asyncio
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from adapters.memory.attempts import MemoryAttempts
from adapters.memory.ids import SeededIds
from adapters.memory.randomness import SeededRandomness
from adapters.memory.rate_limits import MemoryRateLimits
from adapters.memory.security import MemoryTokens, QuickHasher
from adapters.memory.time import ManualClock, ManualSleeper
from application.identity.login import IssuedToken, LoginRefused
from application.identity.open_session import LoginTry
from bootstrap.areas import identity as identity_area
from bootstrap.settings.identity import IdentitySettings
from bootstrap.storage import build_memory
from bootstrap.system import System
from domain.identity.tenant import Tenant, User
from ports.identity import HasherBusy, InvalidToken
from tests.unit.adapters.http.surroundings import Slowing

NOW = datetime(2026, 1, 2, 15, 4, 5, tzinfo=UTC)
EMAIL = "owner@example.com"


class CountingHasher(QuickHasher):
    """A quick hasher that also counts what it was asked."""

    verified = 0

    async def verify(self, *, password: str, hash: str) -> bool:
        self.verified += 1
        return await super().verify(password=password, hash=hash)


class Door:
    """An identity facade with one user, on a clock that moves when told."""

    def __init__(self, *, places: int = 18) -> None:
        self.clock = ManualClock(NOW)
        randomness = SeededRandomness(1)
        self.hasher = CountingHasher(
            randomness=randomness, sleeper=ManualSleeper(self.clock), places=places
        )
        ids = SeededIds(clock=self.clock, seed=1)
        tokens = MemoryTokens(randomness=randomness, clock=self.clock, ids=ids)
        system = System(
            clock=self.clock,
            sleeper=ManualSleeper(self.clock),
            ids=ids,
            randomness=randomness,
        )
        self.storage = build_memory(system)
        self.users = self.storage.users
        settings = IdentitySettings(tries_per_minute=1_000)
        self.identity = identity_area.build_facade(
            settings=settings,
            token_lasts=timedelta(minutes=5),
            storage=self.storage,
            system=system,
            sharing=Slowing(
                attempts=MemoryAttempts(clock=self.clock),
                limits=MemoryRateLimits(clock=self.clock),
            ),
            hasher=self.hasher,
            tokens=tokens,
            standing=identity_area.build_standing(
                storage=self.storage, system=system, tokens=tokens
            ),
            policy=identity_area.build_policy(settings)[0],
        )
        self.user_id, self.tenant_id = ids.new(), ids.new()

    async def furnish(self) -> "Door":
        tenant = Tenant(id=self.tenant_id, name="Home", created_at=NOW)
        owner = User(
            id=self.user_id,
            tenant_id=tenant.id,
            email=EMAIL,
            password_hash=await self.hasher.hash("right"),
            created_at=NOW,
        )
        await self.users.found(tenant=tenant, owner=owner)
        return self

    async def try_(self, password: str, *, email: str = EMAIL) -> IssuedToken | LoginRefused:
        return await self.identity.login(LoginTry(email=email, password=password))


@pytest.fixture
async def door() -> Door:
    return await Door().furnish()


async def test_the_right_password_gives_a_token_that_names_the_user(door: Door) -> None:
    issued = await door.try_("right", email="OWNER@example.com")
    assert isinstance(issued, IssuedToken)
    principal = await door.identity.authenticate(issued.token)
    assert (principal.user_id, principal.tenant_id) == (door.user_id, door.tenant_id)
    assert principal.expires_at == issued.expires_at


async def test_a_wrong_password_and_an_unknown_user_look_and_cost_the_same(door: Door) -> None:
    assert await door.try_("wrong") == LoginRefused()
    assert door.hasher.verified == 1
    assert await door.try_("right", email="nobody@example.com") == LoginRefused()
    assert door.hasher.verified == 2


@pytest.mark.parametrize("email", [EMAIL, "nobody@example.com"])
async def test_the_wait_doubles_with_each_failure_up_to_fifteen_minutes(
    door: Door, email: str
) -> None:
    waits = []
    for _ in range(13):
        assert await door.try_("wrong", email=email) == LoginRefused()
        refused = await door.try_("right", email=email)
        assert isinstance(refused, LoginRefused)
        assert refused.retry_after_s is not None
        waits.append(refused.retry_after_s)
        door.clock.advance(refused.retry_after_s)
    assert waits[:4] == [1, 2, 4, 8]
    assert waits[-1] == 900
    assert waits == sorted(waits)


async def test_a_success_clears_the_failures(door: Door) -> None:
    await door.try_("wrong")
    door.clock.advance(1)
    assert isinstance(await door.try_("right"), IssuedToken)
    assert await door.try_("wrong") == LoginRefused()
    assert await door.try_("wrong") == LoginRefused(retry_after_s=1)


async def test_tries_side_by_side_check_only_one_password(door: Door) -> None:
    answers = await asyncio.gather(*(door.try_(f"guess {number}") for number in range(50)))
    assert answers.count(LoginRefused(retry_after_s=1)) == 49
    assert door.hasher.verified == 1


async def test_one_accounts_failures_do_not_slow_another(door: Door) -> None:
    await door.try_("wrong", email="other@example.com")
    assert isinstance(await door.try_("right"), IssuedToken)


async def test_a_busy_hasher_is_nobodys_failure() -> None:
    door = await Door(places=1).furnish()
    first = asyncio.create_task(door.hasher.verify(password="x", hash="quick$00$00"))
    await asyncio.sleep(0)
    with pytest.raises(HasherBusy):
        await door.try_("right")
    await first
    assert isinstance(await door.try_("right"), IssuedToken)


async def test_a_strangers_token_is_refused(door: Door) -> None:
    with pytest.raises(InvalidToken):
        await door.identity.authenticate(f"{UUID(int=0)}.{UUID(int=0)}.x.1..1.seal")
