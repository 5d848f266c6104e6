"""Advice: models in turn, a budget that lasts, a trail of every question, and no harm done."""

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

import pytest

from adapters.memory.adviser import MemoryAdviser
from adapters.memory.database import MemoryDatabase, MemoryLink
from adapters.memory.ids import SeededIds
from adapters.memory.time import ManualClock
from adapters.memory.work import MemoryWorks
from application.risk.take_advice import REST_S, AdviceTaken, TakeAdvice
from application.shared.change import Changes
from domain.identity.tenant import Tenant
from domain.risk.advice import Prompt
from domain.risk.rating import Rating
from ports.adviser import ADVICE_BUDGETS
from tests.unit.application.risk.context import ACCOUNT, ASKER, START, TENANT
from tests.unit.domain.risk.context import order
from tests.unit.domain.risk.proposals import analysed, history, propose

CAREFUL = json.dumps({"rating": "CAUTION", "explanation": "Half of a limit is used."})
BOLD = json.dumps({"rating": "SAFE", "explanation": "Nothing is wrong with it."})
FOUND = analysed(propose(order()), returns=history())


class Hanging(MemoryAdviser):
    """The first model never answers."""

    async def ask(self, prompt: Prompt, *, model: str) -> str:
        if model == self.models[0]:
            self.asked.append((model, prompt))
            await asyncio.Event().wait()
        return await super().ask(prompt, model=model)


class Broken(MemoryAdviser):
    """Fails as no adviser should."""

    async def ask(self, prompt: Prompt, *, model: str) -> str:
        raise KeyError(model, prompt)


@dataclass(slots=True)
class Context:
    """An adviser over a database that outlives it."""

    database: MemoryDatabase
    clock: ManualClock
    adviser: MemoryAdviser
    take: TakeAdvice

    async def asks(self, rating: Rating = Rating.SAFE) -> AdviceTaken:
        """Ask about a rating."""
        return await self.take(FOUND, rating=rating, objections=0, by=ASKER, account_id=ACCOUNT)

    @property
    def trail(self) -> list[Mapping[str, str]]:
        """What the trail says, the action with the rest."""
        return [{"action": one.action, **dict(one.detail)} for one in self.database.audit]


def context(adviser: MemoryAdviser, *, a_day: int = 10, before: Context | None = None) -> Context:
    """Wire an adviser, over the same database as before if told."""
    database = before.database if before is not None else MemoryDatabase()
    clock = before.clock if before is not None else ManualClock(START)
    database.tenants[TENANT] = Tenant(id=TENANT, name="Home", created_at=START)
    works = MemoryWorks(MemoryLink(database=database))
    changes = Changes(
        works=works, clock=clock, ids=SeededIds(clock=clock, seed=str(len(database.audit)))
    )
    take = TakeAdvice(adviser=adviser, changes=changes, timeout_s=0.01, requests_per_day=a_day)
    return Context(database=database, clock=clock, adviser=adviser, take=take)


async def test_a_more_careful_rating_is_taken_with_its_reason_and_kept_in_the_trail() -> None:
    home = context(MemoryAdviser({"first": CAREFUL}))
    assert await home.asks() == AdviceTaken(
        rating=Rating.CAUTION, explanation="Half of a limit is used.", model="first"
    )
    asked, given = home.trail
    (_, prompt), *_ = home.adviser.asked
    assert asked == {
        "action": "pre_trade.advice_asked",
        "model": "first",
        "prompt_sha256": prompt.hash,
    }
    assert given == {
        "action": "pre_trade.advice_given",
        "model": "first",
        "prompt_sha256": prompt.hash,
        "counted": "true",
        "problem": "",
        "rating_before": "SAFE",
        "rating_after": "CAUTION",
        "reply": json.dumps(CAREFUL),
    }


@pytest.mark.parametrize("rating", [Rating.CAUTION, Rating.DANGER])
async def test_a_less_careful_word_leaves_the_rating_and_is_not_told(rating: Rating) -> None:
    home = context(MemoryAdviser({"first": BOLD}))
    said = await home.asks(rating)
    assert (said.rating, said.explanation, said.model) == (rating, "", "")
    assert home.trail[-1]["counted"] == "false"
    assert home.trail[-1]["reply"] == json.dumps(BOLD)


@pytest.mark.parametrize(
    "adviser",
    [
        MemoryAdviser({"first": None, "second": CAREFUL}),
        MemoryAdviser({"first": "no", "second": CAREFUL}),
        Hanging({"first": CAREFUL, "second": CAREFUL}),
    ],
    ids=["unavailable", "hostile", "late"],
)
async def test_the_next_model_is_asked_where_one_has_nothing_to_say(
    adviser: MemoryAdviser,
) -> None:
    home = context(adviser)
    assert (await home.asks()).model == "second"
    assert [one["model"] for one in home.trail if one["action"].endswith("asked")] == [
        "first",
        "second",
    ]


async def test_a_model_that_did_not_answer_keeps_nobody_else_waiting_for_a_moment() -> None:
    home = context(MemoryAdviser({"first": None, "second": CAREFUL}))
    await home.asks()
    await home.asks()
    assert [model for model, _ in home.adviser.asked] == ["first", "second", "second"]
    home.clock.advance(REST_S + 1)
    await home.asks()
    assert home.adviser.asked[3][0] == "first"


@pytest.mark.parametrize("adviser", [MemoryAdviser({"first": None}), Broken({"first": CAREFUL})])
async def test_without_any_reply_the_rating_stands_and_says_why(adviser: MemoryAdviser) -> None:
    home = context(adviser)
    said = await home.asks(Rating.CAUTION)
    assert (said.rating, said.model) == (Rating.CAUTION, "")
    assert said.problem


async def test_the_days_budget_outlasts_a_restart_and_ends_with_the_day() -> None:
    home = context(MemoryAdviser({"first": CAREFUL}), a_day=2)
    await home.asks()
    later = context(MemoryAdviser({"first": CAREFUL}), a_day=2, before=home)
    assert (await later.asks()).model == "first"
    spent = await later.asks()
    assert (spent.rating, spent.model, spent.problem) == (
        Rating.SAFE,
        "",
        "the day's requests are used up",
    )
    assert len(later.adviser.asked) == 1
    home.clock.advance(timedelta(days=1).total_seconds())
    assert (await later.asks()).model == "first"


async def test_each_models_question_is_counted() -> None:
    home = context(MemoryAdviser({"first": "no", "second": CAREFUL}), a_day=1)
    assert (await home.asks()).problem == "the day's requests are used up"
    async with MemoryWorks(MemoryLink(database=home.database)).look(TENANT) as look:
        budget = await look.records(ADVICE_BUDGETS).get(TENANT)
    assert budget is not None
    assert (budget.asked, budget.day) == (1, START.date())
