"""Invariant 16: a code of an app is good once, and so is a backup code.

Two applications over one Postgres. In every round a user gets an app and backup codes, and one
code of each kind is used 50 times at once over both applications: to answer challenges, to step
a session up, or for both. Exactly one may win. Every other round goes
without the limit of wrong tries, so that each use gets as far as the code itself.
"""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from random import Random
from uuid import uuid4

import pyotp

from adapters.security.given_keys import new_key
from application.identity.challenges import ChallengeAnswer, ChallengeOver, Challenges
from application.identity.deps import Asking
from application.identity.factor_results import Confirmed, Enrolled
from application.identity.factor_tries import ProofRefused
from application.identity.found_tenant import Founded
from application.identity.issued import IssuedToken, issued
from application.identity.login_try import LoginTry
from application.identity.step_up import StepUp
from bootstrap.areas import identity, secrets
from bootstrap.parts import Parts
from domain.identity.factors import FactorKind
from domain.identity.tenant import User
from ports.storage import StorageUnavailable
from tests.torture.refresh import process

TOGETHER = 50
_SAID_EVERY = 50
_MANY = 1_000_000


@dataclass(slots=True, kw_only=True)
class Uses:
    """What came of the rounds."""

    rounds: int = 0
    uses: int = 0
    won: dict[str, int] = field(default_factory=lambda: {"app": 0, "paper": 0})
    doors: dict[str, int] = field(default_factory=lambda: {"challenge": 0, "step-up": 0})
    unavailable: int = 0
    wrongs: list[str] = field(default_factory=list)

    def describe(self) -> str:
        """Say it in words."""
        return (
            f"{self.rounds} rounds, {self.uses} uses, won by {self.won['app']} of an app and"
            f" {self.won['paper']} of paper ({self.doors['challenge']} at challenges,"
            f" {self.doors['step-up']} at step-ups), {self.unavailable} told to come again,"
            f" {len(self.wrongs)} violations"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Doors:
    """Where one application takes codes."""

    parts: Parts
    challenges: Challenges
    step_up: StepUp


@dataclass(slots=True, kw_only=True)
class Arena:
    """Two applications, with the limit of wrong tries and without."""

    limited: Sequence[_Doors]
    free: Sequence[_Doors]
    owner: User
    random: Random
    found: Uses = field(default_factory=Uses)

    async def round(self, number: int) -> None:
        """Use one code of each kind many times at once, each of a user of its own."""
        doors = self.limited if number % 2 else self.free
        for kind in ("app", "paper"):
            # At challenges only, at step-ups only, at both.
            challenges = (TOGETHER, 0, TOGETHER // 2)[number // 2 % 3]
            name = f"round {number} ({kind}, {challenges} challenges)"
            await self._race(name, kind, doors=doors, challenges=challenges)
        self.found.rounds += 1

    async def _race(
        self, name: str, kind: str, *, doors: Sequence[_Doors], challenges: int
    ) -> None:
        user = await self._user()
        asking, code = await self._furnished(user, kind)
        tokens = await asyncio.gather(*(self._challenge(user) for _ in range(challenges)))
        uses = [self._answer(doors[at % 2], token, code) for at, token in enumerate(tokens)]
        uses += [self._step_up(doors[at % 2], asking, code) for at in range(TOGETHER - challenges)]
        self.random.shuffle(uses)
        lost = self.found.unavailable
        said = await asyncio.gather(*uses)
        won = [one for one in said if one]
        self.found.uses += len(said)
        self.found.won[kind] += len(won)
        for door in won:
            self.found.doors[door] += 1
        # A winner whose answer was lost is not known to have won.
        if len(won) > 1 or (not won and lost == self.found.unavailable):
            self.found.wrongs.append(f"{name}: {len(won)} uses of one code won")
        facade = self.limited[0].parts.of(identity.build).facade
        opened = len(await facade.sessions.list(asking, limit=200)) - 1
        if opened > won.count("challenge") and lost == self.found.unavailable:
            self.found.wrongs.append(f"{name}: {opened} sessions of {won}")

    async def _user(self) -> User:
        made = replace(self.owner, id=uuid4(), email=f"{uuid4()}@example.com")
        async with self.limited[0].parts.storage.identity.begin() as scope:
            assert await scope.users.add(made)
        return made

    async def _furnished(self, user: User, kind: str) -> tuple[Asking, str]:
        """Open a session, enrol an app, and return a code that nobody used."""
        parts = self.limited[0].parts
        facade, clock = parts.of(identity.build).facade, parts.system.clock
        opened = await facade.logging_in.open(user, LoginTry(email=user.email, password=""))
        assert opened is not None
        asking = Asking(principal=issued(facade.tokens, opened).principal)
        enrolled = await facade.factors.enrol(asking, label="Phone")
        assert isinstance(enrolled, Enrolled)
        app = pyotp.TOTP(enrolled.seed)
        told: object = None
        while not isinstance(told, Confirmed):
            # Of the step before, so that the present one is still to be used; where that began
            # just now it is one too old.
            before = app.at(clock.now() - timedelta(seconds=30))
            told = await facade.factors.confirm(asking, factor_id=enrolled.factor.id, code=before)
        return asking, app.at(clock.now()) if kind == "app" else self.random.choice(told.codes)

    async def _challenge(self, user: User) -> str:
        login = self.limited[0].parts.of(identity.build).facade.logging_in
        while True:
            try:
                opened = await login.challenge(
                    user,
                    LoginTry(email=user.email, password="", lasting=True),
                    kinds=frozenset({FactorKind.TOTP}),
                )
            except StorageUnavailable:
                self.found.unavailable += 1
                continue
            assert opened is not None
            return opened.token

    async def _answer(self, doors: _Doors, token: str, code: str) -> str:
        proof = doors.parts.of(identity.build).facade.codes.of(code)
        try:
            said = await doors.challenges.answer(ChallengeAnswer(token=token, proof=proof))
        except StorageUnavailable:
            self.found.unavailable += 1
            return ""
        assert isinstance(said, IssuedToken | ProofRefused | ChallengeOver)
        return "challenge" if isinstance(said, IssuedToken) else ""

    async def _step_up(self, doors: _Doors, asking: Asking, code: str) -> str:
        proof = doors.parts.of(identity.build).facade.codes.of(code)
        try:
            said = await doors.step_up.by_factor(asking, proof=proof)
        except StorageUnavailable:
            self.found.unavailable += 1
            return ""
        return "step-up" if isinstance(said, IssuedToken) else ""


async def torture(
    url: str, redis_url: str, folder: Path, *, rounds: int, seed: int, say: Callable[[str], None]
) -> Uses:
    """Go so many rounds."""
    async with AsyncExitStack() as stack:
        settings = {
            "BALLAST_SECRETS_SOURCE": "environment",
            "BALLAST_SECRETS_KEYS": f"1:{new_key()}",
        }
        processes = [
            await stack.enter_async_context(
                process(url, redis_url, folder / str(number), more=settings)
            )
            for number in range(2)
        ]
        for parts in processes:
            await parts.of(secrets.build).vault.refresh()
        founded = (
            await processes[0].of(identity.build).found(name="Factors", email="owner@localhost")
        )
        assert isinstance(founded, Founded)
        arena = Arena(
            limited=[_doors(parts) for parts in processes],
            free=[_doors(parts, tries=_MANY) for parts in processes],
            owner=founded.owner,
            random=Random(seed),
        )
        for number in range(rounds):
            await arena.round(number)
            if (number + 1) % _SAID_EVERY == 0:
                say(arena.found.describe())
    return arena.found


def _doors(parts: Parts, *, tries: int | None = None) -> _Doors:
    """Return the product's own doors, or such as let anyone be wrong so often."""
    facade = parts.of(identity.build).facade
    if tries is None:
        return _Doors(parts=parts, challenges=facade.challenges, step_up=facade.step_up)
    counted = facade.challenges.tries
    free = replace(counted, limits=replace(counted.limits, tries_hour=tries))
    return _Doors(
        parts=parts,
        challenges=replace(facade.challenges, tries=free),
        step_up=replace(facade.step_up, tries=free),
    )
