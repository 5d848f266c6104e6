"""Passkeys over Postgres: many at once, of whom one comes in."""

import asyncio
import json
from collections.abc import AsyncIterator

import asyncpg
import pytest

from application.identity.challenges import ChallengeAnswer
from application.identity.issued import IssuedToken
from application.identity.login import LoginRefused
from application.identity.passkey_use import PasskeyOptions
from application.identity.passkeys import ChallengeSpent, TooManyPasskeys
from domain.identity.passkey import PASSKEYS_MAX, Passkey
from tests.authenticator import Authenticator, Twist
from tests.matrix.whole import over_postgres
from tests.unit.application.identity.door import HOME
from tests.unit.application.identity.factor_door import challenged
from tests.unit.application.identity.passkey_context import Context, browser
from tests.unit.application.identity.test_passkey_factor import asked_for, sent

MANY = 50


@pytest.fixture
async def context(database_url: str) -> AsyncIterator[Context]:
    made = Context(storage_of=over_postgres(database_url))
    await made.storage.server.start()
    try:
        await made.furnish()
        yield made
    finally:
        await made.storage.server.stop()


async def entries(url: str, action: str) -> list[dict[str, str]]:
    connection = await asyncpg.connect(url)
    try:
        rows = await connection.fetch("SELECT detail FROM audit WHERE action = $1", action)
    finally:
        await connection.close()
    return [json.loads(row["detail"]) for row in rows]


@pytest.mark.timeout(900)
async def test_of_fifty_that_replay_an_answer_one_comes_in(
    context: Context, database_url: str
) -> None:
    # One that does not count: nothing but the challenge tells the fifty apart.
    device = Authenticator(counts=False)
    await context.owned(device)
    answer = device.answer(await context.asked())
    found = await asyncio.gather(*(context.send(answer) for _ in range(MANY)))
    assert sum(isinstance(one, IssuedToken) for one in found) == 1
    assert sum(one == LoginRefused() for one in found) == MANY - 1
    refused = await entries(database_url, "identity.login_failed")
    assert [one["reason"] for one in refused] == ["challenge"] * (MANY - 1)
    let_in = await entries(database_url, "identity.login")
    assert [one["method"] for one in let_in].count("passkey") == 1


async def test_a_strangers_answer_to_a_users_challenge_is_refused_on_record(
    context: Context, database_url: str
) -> None:
    # The challenge is a tenant's row, the refusal nobody's: no transaction is for both.
    device = Authenticator(counts=False)
    await context.owned(device)
    asked = await context.identity.passkeys.factor.for_step_up(await context.asking_owner())
    assert isinstance(asked, PasskeyOptions)
    stranger = Twist(credential_id=bytes(32))
    assert await context.send(device.answer(browser(asked), twist=stranger)) == LoginRefused()
    refused = await entries(database_url, "identity.login_failed")
    assert [one["reason"] for one in refused] == ["unknown"]


@pytest.mark.timeout(900)
async def test_of_many_answers_with_one_count_one_comes_in(
    context: Context, database_url: str
) -> None:
    # Each to a challenge of its own, as a copy of the key would give them.
    device = Authenticator()
    await context.owned(device)
    answers = [device.answer(await context.asked(), twist=Twist(count=2)) for _ in range(8)]
    found = await asyncio.gather(*(context.send(one) for one in answers))
    assert sum(isinstance(one, IssuedToken) for one in found) == 1
    assert len(await entries(database_url, "passkey.clone_suspected")) == 7


@pytest.mark.timeout(900)
async def test_of_fifty_answers_to_a_log_ins_challenge_one_lets_in(context: Context) -> None:
    device = Authenticator(counts=False)
    await context.owned(device)
    opened = await challenged(context)
    answer = sent(device.answer(await asked_for(context, opened.token)))

    async def show() -> object:
        proof = context.identity.passkeys.factor.answers(answer, token=opened.token)
        given = ChallengeAnswer(token=opened.token, proof=proof, visitor=HOME)
        return await context.identity.challenges.answer(given)

    found = await asyncio.gather(*(show() for _ in range(MANY)))
    assert sum(isinstance(one, IssuedToken) for one in found) == 1


@pytest.mark.timeout(900)
async def test_a_made_passkey_is_taken_once_and_never_more_than_twenty(context: Context) -> None:
    asking = await context.asking_owner()
    asked = await context.identity.passkeys.own.options(asking)
    assert isinstance(asked, PasskeyOptions)
    made = Authenticator().make(browser(asked))
    found = await asyncio.gather(*(context.add(made, asking) for _ in range(10)))
    assert sum(isinstance(one, Passkey) for one in found) == 1
    assert sum(one == ChallengeSpent() for one in found) == 9
    waiting = []
    for _ in range(PASSKEYS_MAX + 4):
        options = await context.identity.passkeys.own.options(asking)
        assert isinstance(options, PasskeyOptions)
        waiting.append(Authenticator().make(browser(options)))
    more = await asyncio.gather(*(context.add(one, asking) for one in waiting))
    assert sum(isinstance(one, Passkey) for one in more) == PASSKEYS_MAX - 1
    assert sum(one == TooManyPasskeys() for one in more) == 5
    assert len(await context.identity.passkeys.own.list(asking)) == PASSKEYS_MAX
