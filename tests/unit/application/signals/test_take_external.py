"""An outside stream is taken in within its bounds, and no entry of it holds up another."""

from decimal import Decimal
from typing import Any

from adapters.memory.signals import MemoryExternalSignals
from adapters.memory.time import ManualSleeper
from application.signals.publish import PublishSignal, SignalFields
from application.signals.take_external import ExternalBinding, TakeExternal
from tests import builders
from tests.unit.application.signals.test_publish import TENANT, Context, context

__all__ = ["context"]


def taking_from(
    entries: MemoryExternalSignals, context: Context, *, publish: PublishSignal | None = None
) -> tuple[TakeExternal, list[tuple[str, str]]]:
    """Return what takes such a stream in, and what it refused of it so far."""
    refused: list[tuple[str, str]] = []
    taking = TakeExternal(
        entries=entries,
        binding=ExternalBinding(
            tenant_id=TENANT, source="context-7", symbols=frozenset({"AAPL", "ZZZZ"})
        ),
        publish=publish or context.publish,
        sleeper=ManualSleeper(context.clock),
        on_refused=lambda place, why: refused.append((place, why.partition(":")[0])),
        on_away=lambda why: None,
    )
    return taking, refused


async def test_an_outside_stream_is_taken_in_within_its_bounds_and_once(context: Context) -> None:
    entries = MemoryExternalSignals()
    taking, refused = taking_from(entries, context)
    now = f"{builders.AT.timestamp():.0f}"
    good = {"id": "x1", "symbol": "AAPL", "score": "-0.4", "timestamp": now, "meta": '{"n": 3}'}
    entries.put(good)
    entries.put({**good, "id": "x2", "timestamp": builders.AT.isoformat(), "meta": ""})
    wrongs = {
        "score": {**good, "id": "x3", "score": "nan"},
        "symbol": {**good, "id": "x4", "symbol": "IBM"},
        "timestamp": {**good, "id": "x5", "timestamp": "yesterday"},
        "meta": {**good, "id": "x6", "meta": "[1]"},
        "entry": {**good, "source": "patterns"},
        "signal x1 was taken in before": good,
    }
    places = [entries.put(one) for one in wrongs.values()]
    places.append(entries.put({**good, "id": "x7", "symbol": "ZZZZ"}))
    assert [await taking.drain(wait_s=0) for _ in range(2)] == [9, 0]
    assert refused == list(zip(places, [*wrongs, "symbol"], strict=True))
    second, first = await context.all()
    assert (first.name, first.score, dict(first.meta)) == ("x1", Decimal("-0.4"), {"n": "3"})
    assert (second.name, second.source, second.published_by) == (
        "x2",
        "context-7",
        "external:context-7",
    )


async def test_no_entry_of_an_outside_stream_holds_up_those_behind_it(context: Context) -> None:
    entries = MemoryExternalSignals()
    taking, refused = taking_from(entries, context)
    now = f"{builders.AT.timestamp():.0f}"
    good = {"id": "x1", "symbol": "AAPL", "score": "0.4", "timestamp": now}
    for wrong in (
        {"timestamp": "\u00b2"},
        {"timestamp": "1.\u00b2"},
        {"timestamp": "9" * 400},
        {"timestamp": "0001-01-01T00:00:00+23:59"},
        {"score": "\u00b2"},
        {"score": "1" * 5_000},
        {"meta": '{"half": "\\ud800"}'},
        {"meta": '{"none": "\\u0000"}'},
        {"meta": "[" * 100_000},
        {"meta": '{"n": ' + "1" * 5_000 + "}"},
        {"id": "a b"},
        {"id": "x" * 65},
    ):
        entries.put({**good, **wrong})
        entries.put({**good, "id": f"x{len(refused) + 2}"})
        await taking.drain(wait_s=0)
        (field,) = wrong
        assert refused[-1][1] == field, wrong
    assert len(refused) == len(await context.all()) == 12


async def test_a_defect_over_one_entry_is_told_and_those_behind_it_are_taken(
    context: Context,
) -> None:
    class Failing(PublishSignal):
        async def publish(self, fields: SignalFields, **more: Any) -> Any:
            if fields.id == "x1":
                raise KeyError("inside")
            return await super().publish(fields, **more)

    entries = MemoryExternalSignals()
    own = context.publish
    failing = Failing(changes=own.changes, instruments=own.instruments, limits=own.limits)
    taking, refused = taking_from(entries, context, publish=failing)
    now = f"{builders.AT.timestamp():.0f}"
    for name in ("x1", "x2"):
        entries.put({"id": name, "symbol": "AAPL", "score": "0.4", "timestamp": now})
    assert [await taking.drain(wait_s=0) for _ in range(2)] == [2, 0]
    assert [why for _, why in refused] == ["cannot be taken in"]
    assert [one.name for one in await context.all()] == ["x2"]
