"""Invariant 16 of passkeys: an answer of a passkey is good once, wherever it is shown.

Two applications over one Postgres. In every round a user gets a passkey, and one answer of it is
sent 50 times at once over both applications: to log in without a password, to a log-in's
challenge, or for a step-up. Exactly one may win. Every other passkey does not count its uses, so
that nothing but the challenge tells the fifty apart.
"""

import asyncio
import json
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from random import Random
from uuid import uuid4

import msgspec

from adapters.http.identity.passkey_schemas import AnswerBody, MadeCredentialBody
from application.identity.challenges import ChallengeAnswer, ChallengeOpened
from application.identity.deps import Asking
from application.identity.found_tenant import Founded
from application.identity.issued import IssuedToken, issued
from application.identity.login_try import LoginTry
from application.identity.passkey_login import PasskeyTry
from application.identity.passkey_use import PasskeyOptions
from application.identity.passkeys import PasskeyAdded
from bootstrap.areas import identity
from bootstrap.parts import Parts
from domain.identity.factors import FactorKind
from domain.identity.session import Visitor
from domain.identity.tenant import User
from ports.passkeys import Assertion
from ports.storage import StorageUnavailable
from tests.authenticator import Authenticator, Json
from tests.torture.refresh import process

TOGETHER = 50
DOORS = ("log-in", "challenge", "step-up")
_SAID_EVERY = 50

Use = Callable[[Parts], Awaitable[object]]


@dataclass(slots=True, kw_only=True)
class Shown:
    """What came of the rounds."""

    rounds: int = 0
    uses: int = 0
    won: dict[str, int] = field(default_factory=lambda: dict.fromkeys(DOORS, 0))
    unavailable: int = 0
    wrongs: list[str] = field(default_factory=list)

    def describe(self) -> str:
        """Say it in words."""
        doors = ", ".join(f"{count} at {name}s" for name, count in self.won.items())
        return (
            f"{self.rounds} rounds, {self.uses} uses, won {doors}, {self.unavailable} told to"
            f" come again, {len(self.wrongs)} violations"
        )


@dataclass(slots=True, kw_only=True)
class Arena:
    """Two applications over one database."""

    processes: Sequence[Parts]
    owner: User
    random: Random
    found: Shown = field(default_factory=Shown)

    async def round(self, number: int) -> None:
        """Send one answer many times at once, at each door that there is."""
        for door in DOORS:
            device = Authenticator(
                algorithm=self.random.choice(["ES256", "EdDSA"]), counts=bool(number % 2)
            )
            user, asking = await self._user(device)
            use = await self._prepared(door, device, user, asking)
            await self._race(f"round {number} ({door})", door, use)
        self.found.rounds += 1

    async def _race(self, name: str, door: str, use: Use) -> None:
        lost = self.found.unavailable
        uses = [self._tried(use, self.processes[at % 2]) for at in range(TOGETHER)]
        said = await asyncio.gather(*uses)
        won = sum(isinstance(one, IssuedToken) for one in said)
        self.found.uses += len(said)
        self.found.won[door] += won
        # A winner whose answer was lost is not known to have won.
        if won > 1 or (not won and lost == self.found.unavailable):
            self.found.wrongs.append(f"{name}: {won} uses of one answer won")

    async def _tried(self, use: Use, parts: Parts) -> object:
        try:
            return await use(parts)
        except StorageUnavailable:
            self.found.unavailable += 1
            return None

    async def _user(self, device: Authenticator) -> tuple[User, Asking]:
        """Return a user with a passkey on the device, and a session of theirs."""
        parts = self.processes[0]
        facade = parts.of(identity.build).facade
        made = replace(self.owner, id=uuid4(), email=f"{uuid4()}@example.com")
        async with parts.storage.identity.begin() as scope:
            assert await scope.users.add(made)
        opened = await facade.logging_in.open(made, LoginTry(email=made.email, password=""))
        assert opened is not None
        asking = Asking(principal=issued(facade.tokens, opened).principal)
        credential = device.make(_asked(await facade.passkeys.own.options(asking)))
        sent = msgspec.json.decode(json.dumps(credential), type=MadeCredentialBody).sent()
        kept = await facade.passkeys.own.add(asking, sent=sent, label="Phone")
        assert isinstance(kept, PasskeyAdded)
        return made, asking

    async def _prepared(self, door: str, device: Authenticator, user: User, asking: Asking) -> Use:
        facade = self.processes[0].of(identity.build).facade
        nowhere = Visitor()
        if door == "log-in":
            options = await facade.passkeys.login.options(nowhere)
            tried = PasskeyTry(sent=_answer(device, options))
            return lambda parts: parts.of(identity.build).facade.passkeys.login(tried)
        if door == "step-up":
            answer = _answer(device, await facade.passkeys.factor.for_step_up(asking))

            async def step_up(parts: Parts) -> object:
                own = parts.of(identity.build).facade
                proof = own.passkeys.factor.steps_up(answer, asking=asking)
                return await own.step_up.by_factor(asking, proof=proof)

            return step_up
        opened = await facade.logging_in.challenge(
            user,
            LoginTry(email=user.email, password="", lasting=True),
            kinds=frozenset({FactorKind.PASSKEY}),
        )
        assert isinstance(opened, ChallengeOpened)
        token = opened.token
        shown = _answer(device, await facade.passkeys.factor.for_challenge(token, visitor=nowhere))

        async def challenge(parts: Parts) -> object:
            own = parts.of(identity.build).facade
            proof = own.passkeys.factor.answers(shown, token=token)
            return await own.challenges.answer(ChallengeAnswer(token=token, proof=proof))

        return challenge


async def torture(
    url: str, redis_url: str, folder: Path, *, rounds: int, seed: int, say: Callable[[str], None]
) -> Shown:
    """Go so many rounds."""
    async with AsyncExitStack() as stack:
        processes = [
            await stack.enter_async_context(process(url, redis_url, folder / str(number)))
            for number in range(2)
        ]
        founded = (
            await processes[0].of(identity.build).found(name="Passkeys", email="owner@localhost")
        )
        assert isinstance(founded, Founded)
        arena = Arena(processes=processes, owner=founded.owner, random=Random(seed))
        for number in range(rounds):
            await arena.round(number)
            if (number + 1) % _SAID_EVERY == 0:
                say(arena.found.describe())
    return arena.found


def _answer(device: Authenticator, options: object) -> Assertion:
    answer = device.answer(_asked(options))
    return msgspec.json.decode(json.dumps(answer), type=AnswerBody).sent()


def _asked(options: object) -> Json:
    assert isinstance(options, PasskeyOptions)
    read: Json = json.loads(options.options)
    return read
