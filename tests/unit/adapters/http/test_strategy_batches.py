"""Signals that are read together are decided on in turn, as if each had come alone."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import httpx
import pytest

from adapters.http.strategies.routes import PATH
from application.strategies import act_on_signals
from application.strategies.read_batch import ReadBatch
from application.strategies.send_order import SendOrder
from bootstrap.areas import signals, strategies
from domain.signals.signal import PublishedSignal
from domain.strategies.follow import TradeIntent, objection
from domain.strategies.strategy import Strategy
from ports.signals import SIGNALS, Signal
from ports.storage import StorageCorrupt, StorageUnavailable
from tests.unit.adapters.http.context import Context
from tests.unit.adapters.http.test_strategies import Desk


@pytest.fixture
async def desk(context: Context, client: httpx.AsyncClient) -> Desk:
    made = Desk(context, client)
    await context.parts.of(signals.build).feed.resume()
    return made


async def said(desk: Desk, scores: Sequence[str]) -> None:
    """Publish signals of these scores."""
    for number, score in enumerate(scores):
        await desk.say(f"s-{number}", score)


def told(decisions: Sequence[dict[str, Any]]) -> list[tuple[str, str, str]]:
    """Return of each decision its score, what was done and why not."""
    return [(one["score"], one["action"], one["reason"]) for one in decisions]


async def test_the_second_of_a_batch_finds_that_the_first_was_acted_on(desk: Desk) -> None:
    strategy_id = await desk.strategy("shadow", cooldown_s=3600)
    await said(desk, ["0.1", "0.9", "-0.9"])
    assert await desk.act() == 3
    assert told(await desk.decisions(strategy_id)) == [
        ("0.1", "none", "below_threshold"),
        ("0.9", "shadow", ""),
        ("-0.9", "none", "cooldown"),
    ]


async def test_a_signal_that_is_twice_in_a_batch_is_decided_once(desk: Desk) -> None:
    strategy_id = await desk.strategy("live", cap="0.01")
    await said(desk, ["0.9"])
    feed = desk.context.parts.of(signals.build).feed
    found = await desk.context.storage.journal.after(cursor="", limit=500)
    await feed._stream.publish([one.notice for one in found])
    assert await desk.act() == 2
    assert len(await desk.decisions(strategy_id)) == 1
    assert len(await desk.orders()) == 1


async def test_one_that_fails_in_a_batch_is_stopped_there_and_its_decisions_stay(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    failing = await desk.strategy("shadow", name="failing")
    sound = await desk.strategy("shadow", name="sound")
    await said(desk, ["0.9", "0.8", "0.7"])

    def broken(strategy: Strategy, signal: PublishedSignal, **more: Any) -> Any:
        if strategy.name == "failing" and signal.name == "s-1":
            raise KeyError("volume")
        return objection(strategy, signal, **more)

    monkeypatch.setattr(act_on_signals, "objection", broken)
    assert await desk.act() == 3
    assert [one["score"] for one in await desk.decisions(failing)] == ["0.9"]
    assert [one["score"] for one in await desk.decisions(sound)] == ["0.9", "0.8", "0.7"]
    shown = (await desk.client.get(f"{PATH}/{failing}")).json()
    assert (shown["running"], shown["problem"]) == (False, "AAPL: 'volume'")


async def test_one_that_is_stopped_in_the_midst_of_a_batch_sends_no_more(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    strategy_id = await desk.strategy("live", cap="0.01")
    await said(desk, ["0.9", "0.8", "0.7"])
    send = SendOrder.__call__

    async def stopping(self: SendOrder, *given: Any, **more: Any) -> Any:
        sent = await send(self, *given, **more)
        stopped = await desk.client.post(f"{PATH}/{strategy_id}/stop")
        assert stopped.status_code == 200
        return sent

    monkeypatch.setattr(SendOrder, "__call__", stopping)
    assert await desk.act() == 3
    assert [one["score"] for one in await desk.decisions(strategy_id)] == ["0.9"]
    assert len(await desk.orders()) == 1


@pytest.mark.parametrize(
    ("what", "decided"),
    [
        ("stop", []),
        ("delete", []),
        ("shadow", [("0.9", "shadow", "")]),
        ("threshold", [("0.9", "none", "below_threshold")]),
        ("pause", [("0.9", "none", "paused")]),
    ],
)
async def test_what_is_said_of_it_while_it_makes_up_its_mind_counts_for_its_order(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, what: str, decided: list[tuple[str, str, str]]
) -> None:
    strategy_id = await desk.strategy("live", cap="0.01", name="thinking")
    act = desk.context.parts.of(strategies.build).act
    await act.beat()
    at = f"{PATH}/{strategy_id}"
    shown = (await desk.client.get(at)).json()
    body = {name: shown[name] for name in ("name", "kind", "account_id", "symbols", "mode")}
    real, asked = type(act)._sized, []

    async def meanwhile(self: Any, *rest: Any, **more: Any) -> Any:
        found = await real(self, *rest, **more)
        asked.append(what)
        if len(asked) == 1:
            match what:
                case "stop":
                    done = await desk.client.post(f"{at}/stop")
                case "delete":
                    done = await desk.client.delete(at)
                case "shadow":
                    done = await desk.client.put(at, json={**body, "mode": "shadow"})
                case "threshold":
                    done = await desk.client.put(at, json={**body, "threshold": "0.95"})
                case _:
                    done = await desk.client.post("/api/v1/agents/thinking/pause")
            assert done.status_code < 300, done.text
        return found

    monkeypatch.setattr(type(act), "_sized", meanwhile)
    await said(desk, ["0.9"])
    assert await desk.act() == 1
    assert await desk.orders() == []
    if what != "delete":
        assert told(await desk.decisions(strategy_id)) == decided


async def test_one_that_is_asked_to_pause_in_the_midst_of_a_batch_decides_paused(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    strategy_id = await desk.strategy("live", cap="0.01", name="pausing")
    act = desk.context.parts.of(strategies.build).act
    await act.beat()
    await said(desk, ["0.9", "0.8"])
    send = SendOrder.__call__

    async def pausing(self: SendOrder, *given: Any, **more: Any) -> Any:
        sent = await send(self, *given, **more)
        paused = await desk.client.post("/api/v1/agents/pausing/pause")
        assert paused.status_code == 200
        return sent

    monkeypatch.setattr(SendOrder, "__call__", pausing)
    assert await desk.act() == 2
    reasons = [one["reason"] for one in await desk.decisions(strategy_id)]
    assert reasons == ["", "paused"]


async def test_what_is_away_in_the_midst_leaves_the_batch_to_come_again(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    strategy_id = await desk.strategy("live", cap="0.01")
    await said(desk, ["0.9", "0.8"])
    send, asked = SendOrder.__call__, []

    async def failing(
        self: SendOrder, strategy: Strategy, signal: PublishedSignal, **more: Any
    ) -> Any:
        asked.append(signal.name)
        if asked == ["s-0", "s-1"]:
            raise StorageUnavailable("it went away")
        wish: TradeIntent = more["wish"]
        assert wish.quantity > 0
        return await send(self, strategy, signal, **more)

    monkeypatch.setattr(SendOrder, "__call__", failing)
    with pytest.raises(StorageUnavailable):
        await desk.act()
    # What was decided before is kept, and nothing was acknowledged: another member takes over.
    assert [one["score"] for one in await desk.decisions(strategy_id)] == ["0.9"]
    act = desk.context.parts.of(strategies.build).act
    monkeypatch.setattr(act_on_signals, "STUCK_S", 0.0)
    assert await act.drain(wait_s=0) == 2
    assert [one["score"] for one in await desk.decisions(strategy_id)] == ["0.9", "0.8"]
    assert asked == ["s-0", "s-1", "s-1"]
    assert len(await desk.orders()) == 2


@pytest.mark.parametrize("how", ["stop", "shadow", "delete"])
async def test_one_that_is_stopped_while_others_act_on_the_same_signal_sends_nothing(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    made = [await desk.strategy("live", cap="0.01", name=name) for name in ("one", "two")]
    body = {
        "kind": "follow",
        "account_id": str(desk.context.account_id),
        "symbols": ["AAPL"],
        "mode": "shadow",
    }
    await said(desk, ["0.9"])
    send = SendOrder.__call__

    async def stopping(self: SendOrder, strategy: Strategy, *given: Any, **more: Any) -> Any:
        [other] = [one for one in made if one != str(strategy.id)]
        at = f"{PATH}/{other}"
        match how:
            case "stop":
                done = await desk.client.post(f"{at}/stop")
            case "shadow":
                name = (await desk.client.get(at)).json()["name"]
                done = await desk.client.put(at, json={**body, "name": name})
            case _:
                done = await desk.client.delete(at)
        assert done.status_code in (200, 204), done.text
        return await send(self, strategy, *given, **more)

    monkeypatch.setattr(SendOrder, "__call__", stopping)
    assert await desk.act() == 1
    assert len(await desk.orders()) == 1


async def test_one_tenants_trouble_holds_up_no_others_signals(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    strategy_id = await desk.strategy("shadow")
    act = desk.context.parts.of(strategies.build).act
    other, at = UUID(int=7), desk.context.clock.now()
    await act.stream.add([Signal(id=UUID(int=8), tenant_id=other, source="research", at=at)])
    await said(desk, ["0.9"])
    read = ReadBatch.__call__

    async def failing(self: ReadBatch, tenant_id: UUID, ids: Sequence[UUID]) -> Any:
        if tenant_id == other:
            raise StorageUnavailable("it went away")
        return await read(self, tenant_id, ids)

    monkeypatch.setattr(ReadBatch, "__call__", failing)
    with pytest.raises(StorageUnavailable):
        await desk.act()
    assert [one["score"] for one in await desk.decisions(strategy_id)] == ["0.9"]
    # Its own came to nothing, and come again; the others' do not.
    monkeypatch.setattr(ReadBatch, "__call__", read)
    monkeypatch.setattr(act_on_signals, "STUCK_S", 0.0)
    assert [await desk.act() for _ in range(2)] == [1, 0]


async def test_a_signal_that_cannot_be_read_holds_up_none_of_its_batch(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    strategy_id = await desk.strategy("shadow")
    await said(desk, ["0.9", "0.8", "0.7"])
    page = await desk.client.get("/api/v1/signals")
    [spoilt] = [UUID(one["signal_id"]) for one in page.json()["items"] if one["id"] == "s-1"]
    read = ReadBatch.__call__

    async def failing(self: ReadBatch, tenant_id: UUID, ids: Sequence[UUID]) -> Any:
        if spoilt in ids:
            raise StorageCorrupt(f"{SIGNALS.table} {spoilt}: score")
        return await read(self, tenant_id, ids)

    monkeypatch.setattr(ReadBatch, "__call__", failing)
    with pytest.raises(StorageCorrupt):
        await desk.act()
    assert [one["score"] for one in await desk.decisions(strategy_id)] == ["0.9", "0.7"]
    monkeypatch.setattr(ReadBatch, "__call__", read)
    monkeypatch.setattr(act_on_signals, "STUCK_S", 0.0)
    assert await desk.act() == 1
    decided = await desk.decisions(strategy_id)
    assert [one["score"] for one in decided] == ["0.9", "0.7", "0.8"]
