"""Simulations run in the background, in bounded memory, and stop when they are cancelled."""

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from application.risk.commands import RuleFields
from application.risk.run_simulations import PAGE, TOLD_EVERY
from application.risk.simulate_rules import (
    KEPT_MAX,
    OPEN_MAX,
    SIMULATIONS,
    SimulateCommand,
    SimulationNotFound,
    TooManySimulations,
)
from application.shared.asker import Asker
from domain.accounts.decision import Decision
from domain.risk.compiled_rules import compile_rules
from domain.risk.gate import decide
from domain.risk.record import encode
from domain.risk.rule import RuleType
from domain.risk.simulation import Simulation, SimulationMode, SimulationState
from domain.shared.values import InvalidValue
from tests.unit.application.risk.context import (
    ACCOUNT,
    ASKER,
    START,
    TENANT,
    Context,
    D,
    make_context,
)
from tests.unit.domain.risk.context import order, situation, terms

OTHER = Asker(tenant_id=TENANT, actor="user:2")
VALUE = RuleFields(name="Fat Finger", rule_type=RuleType.MAX_ORDER_VALUE, threshold=D(1_000))
NO_RULES = compile_rules((), version=1)


def record(context: Context, number: int, *, tenant_id: UUID = TENANT) -> None:
    """Keep an order of the account, larger than the limit if its number is odd."""
    asked = order(terms(quantity=D(20 if number % 2 else 10)), number=number)
    asked = replace(
        asked,
        tenant_id=tenant_id,
        account_id=ACCOUNT,
        accepted_at=START + timedelta(seconds=number),
    )
    seen = situation()
    verdict = decide(asked, rules=NO_RULES, situation=seen)
    written = encode(asked, rules=NO_RULES, situation=seen, verdict=verdict)
    made = Decision(id=UUID(int=10**6 + number), order_id=asked.id, approved=True, record=written)
    context.database.orders[asked.id] = asked
    context.database.decisions[asked.id] = [made]


def command(**given: Any) -> SimulateCommand:
    """Ask for the whole day."""
    fields = {"since": START, "until": START + timedelta(days=1), "rules": (VALUE,), **given}
    return SimulateCommand(**fields)


async def begun(context: Context, *, by: Asker = ASKER, **given: Any) -> Simulation:
    """Begin one."""
    outcome = await context.risk.simulations.begin(command(**given), by=by)
    assert isinstance(outcome, Simulation)
    return outcome


async def seen(context: Context, one: Simulation) -> Simulation:
    """Return it as it stands."""
    return await context.risk.simulations.get(one.id, by=ASKER, among=None)


async def test_recorded_orders_are_decided_again() -> None:
    context = make_context()
    for number in range(2 * PAGE + 7):
        record(context, number)
    one = await begun(context)
    assert (one.state, one.total) == (SimulationState.QUEUED, 2 * PAGE + 7)
    await context.simulations.run_waiting()
    done = await seen(context, one)
    result = json.loads(done.result)
    assert (done.state, done.done, done.total) == (SimulationState.DONE, one.total, one.total)
    assert (result["orders"], result["would_deny"]) == (one.total, PAGE + 3)
    assert result["would_pass"] == PAGE + 4
    assert result["by_rule"] == {"Fat Finger": PAGE + 3}
    assert context.database.orders
    # Nothing of the books, rules or orders is changed.
    actions = {entry.action for entry in context.database.audit}
    assert actions == {"rule_simulation.started"}


async def test_only_the_asked_orders_count() -> None:
    context = make_context()
    for number in range(10):
        record(context, number)
    record(context, 11, tenant_id=UUID(int=99))
    half = await begun(context, until=START + timedelta(seconds=5))
    own = await begun(context, account_id=ACCOUNT)
    # Who may see only some accounts is shown the trail of no other one's.
    entries = [one for one in context.database.audit if one.subject == str(own.id)]
    assert [(one.action, one.account_id) for one in entries] == [
        ("rule_simulation.started", ACCOUNT)
    ]
    none = await begun(context, account_id=UUID(int=98))
    unseen = await begun(context, among=frozenset({UUID(int=98)}))
    assert [one.total for one in (half, none, unseen)] == [5, 0, 0]
    await context.simulations.run_waiting()
    results = [json.loads((await seen(context, one)).result) for one in (half, none, unseen)]
    assert [result["orders"] for result in results] == [5, 0, 0]


async def test_an_order_without_a_record_is_undecidable() -> None:
    context = make_context()
    record(context, 1)
    context.database.decisions.clear()
    one = await begun(context, mode=SimulationMode.SEQUENTIAL)
    await context.simulations.run_waiting()
    result = json.loads((await seen(context, one)).result)
    assert result["undecidable"] == {"orders": 1, "missing": {"the decision's record": 1}}


async def test_what_is_cancelled_stops_and_stays_cancelled() -> None:
    context = make_context()
    for number in range(TOLD_EVERY + PAGE):
        record(context, number)
    one = await begun(context)
    taken = context.simulations.archive.taken
    pages = 0

    async def cancelled_meanwhile(**asked: Any) -> Any:
        nonlocal pages
        pages += 1
        if pages == 2:
            await context.risk.simulations.cancel(one.id, by=ASKER, among=None)
        return await taken(**asked)

    looked_at: Any = _Archive(cancelled_meanwhile)
    watched = replace(context.simulations, archive=looked_at)
    await watched.run_waiting()
    stood = await seen(context, one)
    assert (stood.state, stood.result) == (SimulationState.CANCELLED, "")
    assert pages * PAGE <= TOLD_EVERY
    await context.simulations.run_waiting()
    assert (await seen(context, one)).state is SimulationState.CANCELLED


class _Archive:
    """Orders as they are kept, with somebody looking on."""

    def __init__(self, taken: Any) -> None:
        self.taken = taken


async def test_what_a_process_left_behind_begins_again() -> None:
    context = make_context()
    record(context, 1)
    one = await begun(context)
    async with context.simulations.changes.works.begin(TENANT) as work:
        left = replace(one, state=SimulationState.RUNNING, done=1)
        await work.records(SIMULATIONS).update(left, seen=1)
    await context.simulations.run_waiting()
    done = await seen(context, one)
    assert (done.state, done.done) == (SimulationState.DONE, 1)


async def test_one_that_fails_says_so_and_holds_no_other_up() -> None:
    context = make_context()
    record(context, 1)
    context.database.decisions[next(iter(context.database.orders))] = [
        Decision(id=UUID(int=1), order_id=UUID(int=1), approved=True, record=b"nothing")
    ]
    bad = await begun(context)
    good = await begun(context, until=START + timedelta(microseconds=1))
    await context.simulations.run_waiting()
    assert (await seen(context, bad)).state is SimulationState.FAILED
    assert (await seen(context, good)).state is SimulationState.DONE


async def test_a_time_that_is_none_is_refused_by_name() -> None:
    with pytest.raises(InvalidValue, match="must be after from") as refused:
        await begun(make_context(), until=START)
    assert refused.value.field == "to"


async def test_anothers_is_absent_to_who_does_not_see_everything() -> None:
    context = make_context()
    one = await begun(context)
    some = frozenset({ACCOUNT})
    with pytest.raises(SimulationNotFound):
        await context.risk.simulations.get(one.id, by=OTHER, among=some)
    with pytest.raises(SimulationNotFound, match=str(one.id)):
        await context.risk.simulations.cancel(one.id, by=OTHER, among=some)
    stranger = Asker(tenant_id=UUID(int=99), actor=ASKER.actor)
    with pytest.raises(SimulationNotFound):
        await context.risk.simulations.get(one.id, by=stranger, among=None)
    assert await context.risk.simulations.get(one.id, by=ASKER, among=some) == one


async def test_only_so_many_wait_and_only_so_many_are_kept() -> None:
    context = make_context()
    for _ in range(OPEN_MAX):
        await begun(context)
    with pytest.raises(TooManySimulations):
        await begun(context)
    for _ in range(KEPT_MAX + 3):
        await context.simulations.run_waiting()
        await begun(context)
    assert len(context.database.records["rule_simulations"]) == KEPT_MAX


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"until": START}, "to"),
        ({"rules": (VALUE, replace(VALUE, threshold=D(0)))}, "rules[1].threshold"),
        ({"rules": (VALUE,) * 101}, "rules"),
    ],
)
async def test_what_cannot_be_simulated_is_refused(given: dict[str, Any], field: str) -> None:
    context = make_context()
    with pytest.raises(InvalidValue) as refused:
        await begun(context, **given)
    assert refused.value.field == field
