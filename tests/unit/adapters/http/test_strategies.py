"""From a signal to its order by the one gated road: off, in shadow and live, never twice."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

import httpx
import pytest

from adapters.http.signals.routes import PATH as SIGNALS
from adapters.http.strategies.routes import PATH
from application.strategies.act_on_signals import STUCK_S
from application.strategies.read_batch import ReadBatch
from bootstrap.areas import agents, notifications, signals, strategies
from bootstrap.areas.market import market_of
from domain.accounts.positions import Position
from domain.signals.pattern import Pattern
from domain.strategies.factors import FactorName
from ports.orders import OrderFilter
from ports.patterns import PatternRecord
from ports.storage import StorageUnavailable
from tests import builders
from tests.unit.adapters.http.context import Context

# The one that the desk's settings know.
NAME = "ema"


@dataclass(frozen=True, slots=True)
class Desk:
    """A desk with a strategy on it."""

    context: Context
    client: httpx.AsyncClient

    async def strategy(self, mode: str = "off", **changes: Any) -> str:
        """Make a strategy in a mode, let it run, and return its id."""
        body = {
            "name": NAME,
            "kind": "follow",
            "account_id": str(self.context.account_id),
            "symbols": ["AAPL"],
            **changes,
        }
        made = await self.client.post(PATH, json=body)
        assert made.status_code == 201, made.text
        at = f"{PATH}/{made.json()['id']}"
        if mode != "off":
            set_ = await self.client.put(at, json={**body, "mode": mode})
            assert (set_.status_code, set_.json()["mode"]) == (200, mode)
        assert (await self.client.post(f"{at}/start")).json()["running"] is True
        return str(made.json()["id"])

    async def say(self, name: str, score: str = "0.9", **more: Any) -> None:
        """Publish a signal and put it on the stream."""
        body = {"id": name, "symbol": "AAPL", "score": score, "source": "research", **more}
        assert (await self.client.post(SIGNALS, json=body)).status_code == 201
        await self.forward()

    async def forward(self) -> None:
        """Put what was committed on the stream."""
        await self.context.parts.of(signals.build).feed.drain()

    async def act(self) -> int:
        """Let strategies act on what lies there."""
        return await self.context.parts.of(strategies.build).act.drain(wait_s=0)

    async def decisions(self, strategy_id: str) -> list[dict[str, Any]]:
        """Return what was decided, oldest first."""
        found = await self.client.get(f"{PATH}/{strategy_id}/decisions")
        items: list[dict[str, Any]] = found.json()["items"]
        return items[::-1]

    async def orders(self) -> Sequence[Any]:
        """Return the account's orders."""
        return await self.context.facades.orders.list(
            tenant_id=self.context.founded.tenant.id, filter=OrderFilter(limit=100)
        )


@pytest.fixture
async def desk(context: Context, client: httpx.AsyncClient) -> Desk:
    made = Desk(context, client)
    # Begins with what is new.
    await context.parts.of(signals.build).feed.resume()
    return made


async def test_a_strategy_is_kept_started_stopped_and_deleted(desk: Desk) -> None:
    strategy_id = await desk.strategy()
    at = f"{PATH}/{strategy_id}"
    shown = (await desk.client.get(at)).json()
    assert (shown["mode"], shown["running"], shown["threshold"]) == ("off", True, "0.3")
    body = {"name": NAME, "kind": "follow", "account_id": shown["account_id"], "symbols": ["MSFT"]}
    again = await desk.client.post(PATH, json=body)
    assert (again.status_code, again.json()["type"]) == (409, "/problems/strategy-name-taken")
    for wrong, pointer in (
        ({"mode": "live"}, "/mode"),
        ({"kind": "magic"}, "/kind"),
        ({"symbols": ["ZZZZ"]}, "/symbols"),
        ({"symbols": ["AAPL", "AAPL"]}, "/symbols"),
        ({"threshold": "0"}, "/threshold"),
        ({"cap": "1.1"}, "/cap"),
    ):
        refused = await desk.client.post(PATH, json={**body, "name": "other", **wrong})
        assert refused.status_code == 400, wrong
        assert refused.json()["errors"][0]["pointer"] == pointer
    nowhere = {**body, "name": "other", "account_id": str(UUID(int=7))}
    assert (await desk.client.post(PATH, json=nowhere)).status_code == 404
    late = await desk.client.put(at, json=body, headers={"If-Match": '"1"'})
    assert late.status_code == 412
    stopped = await desk.client.post(f"{at}/stop")
    assert (stopped.json()["running"], stopped.json()["problem"]) == (False, "")
    assert (await desk.client.delete(at)).status_code == 204
    assert (await desk.client.get(PATH)).json()["items"] == []


async def test_a_strategy_that_was_just_started_is_known_to_the_gate(desk: Desk) -> None:
    # Nothing but its own beat, which comes once a second, makes its name known.
    strategy_id = await desk.strategy("live", name="newcomer", cap="0.05")
    await desk.say("s-1")
    assert await desk.act() == 1
    (decision,) = await desk.decisions(strategy_id)
    assert (decision["action"], decision["reason"]) == ("order", ""), decision["detail"]
    known = (await desk.client.get("/api/v1/agents")).json()["items"]
    assert [one["id"] for one in known] == ["newcomer"]


async def test_a_live_strategy_sends_one_order_a_signal_however_often_it_comes(desk: Desk) -> None:
    strategy_id = await desk.strategy("live", cap="0.05", sources=["research"])
    await desk.say("s-1")
    assert await desk.act() == 1
    (decision,) = await desk.decisions(strategy_id)
    (order,) = await desk.orders()
    assert (decision["action"], decision["reason"]) == ("order", "")
    assert decision["order_id"] == str(order.id)
    # 5 % of 100,000 at 100, as the day's moves would allow more.
    assert (decision["notional"], decision["quantity"]) == ("5000", "50")
    assert float(decision["sigma"]) > 0
    assert (order.strategy_id, order.terms.quantity) == (NAME, 50)
    parts = desk.context.parts.of(signals.build)
    journal = desk.context.storage.journal
    notices = [one.notice for one in await journal.after(cursor="", limit=500)]
    # All of it once more, as a relay does that died behind its publishing.
    await parts.feed._stream.publish(notices)
    assert await desk.act() == 1
    assert len(await desk.decisions(strategy_id)) == len(await desk.orders()) == 1


async def test_dead_between_order_and_decision_it_finds_its_order_even_when_stale(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    strategy_id = await desk.strategy("live", cap="0.05")
    act = desk.context.parts.of(strategies.build).act

    async def dies(*_: Any) -> None:
        raise StorageUnavailable("gone")

    await desk.say("s-1", ttl_s=30)
    with monkeypatch.context() as broken:
        broken.setattr(type(act), "_stored", dies)
        with pytest.raises(StorageUnavailable):
            await desk.act()
    (order,) = await desk.orders()
    assert await desk.decisions(strategy_id) == []
    desk.context.clock.advance(STUCK_S)
    assert await desk.act() == 1
    (decision,) = await desk.decisions(strategy_id)
    assert (decision["action"], decision["order_id"]) == ("order", str(order.id))
    assert len(await desk.orders()) == 1


async def test_in_shadow_all_is_decided_and_nothing_sent_and_off_says_so(desk: Desk) -> None:
    shadow = await desk.strategy("shadow", cap="0.05")
    off = await desk.strategy(name="other")
    await desk.say("s-1")
    await desk.act()
    (decision,) = await desk.decisions(shadow)
    assert (decision["action"], decision["quantity"]) == ("shadow", "50")
    (decision,) = await desk.decisions(off)
    assert (decision["action"], decision["reason"]) == ("none", "not_in_mode")
    assert list(await desk.orders()) == []


async def test_why_nothing_was_done_is_told(desk: Desk) -> None:
    strategy_id = await desk.strategy("live", cap="0.05", cooldown_s=60, symbols=["AAPL", "IBM"])
    await desk.say("weak", "0.29")
    await desk.say("nothing-held", "-0.9")
    await desk.say("no-price", symbol="IBM")
    await desk.say("acts")
    await desk.say("too-soon")
    await desk.say("old", ttl_s=1)
    desk.context.clock.advance(1)
    assert await desk.act() == 6
    told = [(one["action"], one["reason"]) for one in await desk.decisions(strategy_id)]
    assert told == [
        ("none", "below_threshold"),
        ("none", "too_small"),
        ("none", "no_price"),
        ("order", ""),
        ("none", "cooldown"),
        ("none", "stale"),
    ]


async def test_what_is_being_sold_is_not_sold_once_more(desk: Desk) -> None:
    link: Any = desk.context.storage.archive
    database = await link.link.enter()
    book = database.books[desk.context.account_id]
    held = Position(symbol="AAPL", quantity=Decimal(60), cost=Decimal(6_000))
    database.books[book.account.id] = replace(book, positions={"AAPL": held})
    strategy_id = await desk.strategy("live", cap="0.05")
    # Of the 5 % of equity that one order may be, 50 are sold; the next has the rest, then nothing.
    for name in ("s-1", "s-2", "s-3"):
        await desk.say(name, "-0.9")
    assert await desk.act() == 3
    told = [
        (one["action"], one["reason"], one["quantity"]) for one in await desk.decisions(strategy_id)
    ]
    assert sum(Decimal(quantity) for _, _, quantity in told) == 60
    assert told[-1] == ("none", "too_small", "0")
    assert {one.terms.side.value for one in await desk.orders()} == {"sell"}


async def test_a_stop_and_a_pause_reach_it_as_every_order(desk: Desk) -> None:
    strategy_id = await desk.strategy("live", cap="0.05")
    stop = {"scope": "account", "account_id": str(desk.context.account_id), "reason": "x"}
    stopped = await desk.client.post("/api/v1/kill-switch/activate", json=stop)
    assert stopped.status_code < 300, stopped.text
    await desk.say("s-1")
    await desk.act()
    (decision,) = await desk.decisions(strategy_id)
    assert (decision["action"], decision["reason"]) == ("none", "killed")
    (order,) = await desk.orders()
    assert (order.state.value, decision["order_id"]) == ("denied", str(order.id))


async def test_a_signal_of_an_outside_stream_needs_its_source_named_to_act_live(
    desk: Desk,
) -> None:
    named = await desk.strategy("live", cap="0.05", sources=["desk-7"])
    anyone = await desk.strategy("live", cap="0.05", name="other")
    publish = desk.context.parts.of(signals.build).publish
    from adapters.memory.signals import MemoryExternalSignals
    from application.signals.take_external import ExternalBinding, TakeExternal

    entries = MemoryExternalSignals()
    at = desk.context.clock.now().isoformat()
    entries.put({"id": "x-1", "symbol": "AAPL", "score": "0.9", "timestamp": at})
    await TakeExternal(
        entries=entries,
        binding=ExternalBinding(
            tenant_id=desk.context.founded.tenant.id,
            source="desk-7",
            symbols=frozenset({"AAPL"}),
        ),
        publish=publish,
        sleeper=desk.context.parts.system.sleeper,
        on_refused=lambda place, why: None,
        on_away=lambda why: None,
    ).drain(wait_s=0)
    await desk.forward()
    await desk.act()
    (acted,), (kept,) = await desk.decisions(named), await desk.decisions(anyone)
    assert acted["action"] != "none" or acted["reason"] == "denied"
    assert (kept["action"], kept["reason"]) == ("none", "not_in_mode")


async def test_what_it_cannot_do_stops_that_strategy_alone(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    feed = desk.context.parts.of(notifications.build).feed
    await feed.resume()
    broken = await desk.strategy("shadow", name="broken")
    sound = await desk.strategy("shadow", name="sound", account_id=str(desk.context.account_id))
    act = desk.context.parts.of(strategies.build).act
    real = type(act)._sized

    async def sized(self: Any, strategy: Any, *rest: Any, **more: Any) -> Any:
        if strategy.name == "broken":
            strategy = replace(strategy, account_id=UUID(int=9))
        return await real(self, strategy, *rest, **more)

    monkeypatch.setattr(type(act), "_sized", sized)
    await desk.say("s-1")
    await desk.act()
    shown = (await desk.client.get(f"{PATH}/{broken}")).json()
    assert shown["running"] is False
    assert shown["problem"]
    assert [one["action"] for one in await desk.decisions(sound)] == ["shadow"]
    await feed.drain()
    told = (await desk.client.get("/api/v1/notifications")).json()["items"]
    (one,) = [one for one in told if one["type"] == "strategy_error"]
    assert one["subject"] == "Strategy broken is stopped by an error"
    assert shown["problem"] in one["text"]


@pytest.mark.parametrize("problem", [RuntimeError("a defect"), KeyError(), ZeroDivisionError()])
async def test_a_defect_in_one_strategy_keeps_no_other_from_signals(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, problem: Exception
) -> None:
    broken = await desk.strategy("shadow", name="broken")
    sound = await desk.strategy("shadow", name="sound")
    act = desk.context.parts.of(strategies.build).act
    real = type(act)._sized

    async def sized(self: Any, strategy: Any, *rest: Any, **more: Any) -> Any:
        if strategy.name == "broken":
            raise problem
        return await real(self, strategy, *rest, **more)

    monkeypatch.setattr(type(act), "_sized", sized)
    await desk.say("s-1")
    assert await desk.act() == 1
    shown = (await desk.client.get(f"{PATH}/{broken}")).json()
    assert (shown["running"], shown["problem"].startswith("AAPL: ")) == (False, True)
    assert [one["action"] for one in await desk.decisions(sound)] == ["shadow"]
    # Started again it is as good as new, but what it failed on is not tried again.
    assert (await desk.client.post(f"{PATH}/{broken}/start")).json()["problem"] == ""
    assert await desk.act() == 0


async def test_a_strategy_is_an_agent_that_beats_and_that_a_pause_fences(desk: Desk) -> None:
    # Not of those that the desk's settings know: as an agent it is known to the gate.
    strategy_id = await desk.strategy("live", name="momentum", cap="0.05")
    shadow = await desk.strategy("shadow", name="watcher", cap="0.05")
    still = await desk.strategy(name="idle")
    await desk.client.post(f"{PATH}/{still}/stop")
    act, clock = desk.context.parts.of(strategies.build).act, desk.context.clock

    async def states() -> dict[str, str]:
        clock.advance(1)
        await act.beat()
        items = (await desk.client.get("/api/v1/agents")).json()["items"]
        return {one["id"]: one["state"] for one in items if one["kind"] == "strategy"}

    assert await states() == {"momentum": "alive", "watcher": "alive", "idle": "paused"}
    await desk.say("s-1")
    await desk.act()
    for name in ("momentum", "watcher"):
        assert (await desk.client.post(f"/api/v1/agents/{name}/pause")).status_code == 200
    await states()
    assert await states() == {"momentum": "paused", "watcher": "paused", "idle": "paused"}
    await desk.say("s-2")
    await desk.act()
    for one, did in ((strategy_id, "order"), (shadow, "shadow")):
        told = [(each["action"], each["reason"]) for each in await desk.decisions(one)]
        assert told == [(did, ""), ("none", "paused")]
    assert len(await desk.orders()) == 1
    await desk.client.post("/api/v1/agents/momentum/resume")
    await desk.say("s-3")
    await desk.act()
    assert (await desk.decisions(strategy_id))[-1]["action"] == "order"


async def test_a_pause_between_decision_and_order_is_the_gates_to_see(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    strategy_id = await desk.strategy("live", cap="0.05")
    act = desk.context.parts.of(strategies.build).act
    await act.beat()
    real = ReadBatch.again

    async def paused_after(self: ReadBatch, *rest: Any, **more: Any) -> Any:
        last = await real(self, *rest, **more)
        assert (await desk.client.post(f"/api/v1/agents/{NAME}/pause")).status_code == 200
        return last

    monkeypatch.setattr(ReadBatch, "again", paused_after)
    await desk.say("s-1")
    await desk.act()
    (decision,) = await desk.decisions(strategy_id)
    assert (decision["action"], decision["reason"]) == ("none", "paused")
    assert [one.state.value for one in await desk.orders()] == ["denied"]


async def test_a_name_that_no_agent_can_have_is_refused(desk: Desk) -> None:
    for name in ("two words", "-dash", "ümlaut"):
        body = {"name": name, "kind": "follow", "symbols": ["AAPL"]}
        refused = await desk.client.post(
            PATH, json={**body, "account_id": str(desk.context.account_id)}
        )
        assert refused.json()["errors"][0]["pointer"] == "/name"


async def rising(desk: Desk, symbol: str = "AAPL") -> PatternRecord:
    """Let a symbol's pattern rise for a while, and keep it."""
    parts = desk.context.parts
    pattern, price = Pattern(), 100.0
    for bar in range(40):
        # Up more than down after a fall: the averages cross upwards.
        price *= 0.99 if bar < 12 or bar % 3 == 0 else 1.02
        left = pattern.update(price=price, volume=1_000 + bar, session=date(2026, 1, 2))
    kept = PatternRecord(
        symbol=symbol,
        lap=parts.of(market_of).lap(),
        at=desk.context.clock.now(),
        number=40,
        state=pattern.state(),
        bar=left,
        price=price,
        volume=1_040,
    )
    await parts.storage.patterns.save(kept)
    return kept


def weights(**some: str) -> dict[str, str]:
    return {one.value: some.get(one.value, "0") for one in FactorName}


async def test_many_factors_decide_whatever_the_signal_says_and_are_written_down(
    desk: Desk,
) -> None:
    await rising(desk)
    own = weights(ema_trend="0.5", vwap="0.25", sentiment="0.25")
    strategy_id = await desk.strategy("live", kind="multi_factor", weights=own, cap="0.05")
    shown = (await desk.client.get(f"{PATH}/{strategy_id}")).json()
    assert shown["weights"] == own
    analysis = await desk.client.get(f"{PATH}/{strategy_id}/analysis/AAPL")
    assert analysis.status_code == 200, analysis.text
    now = analysis.json()
    assert [one["name"] for one in now["factors"]] == [one.value for one in FactorName]
    assert (now["side"], now["coverage"]) == ("buy", "0.75")
    # Asked to sell, it buys: the signal is only the occasion.
    await desk.say("s-1", "-0.9")
    await desk.act()
    (decision,) = await desk.decisions(strategy_id)
    (order,) = await desk.orders()
    assert (decision["action"], decision["side"], order.terms.side.value) == ("order", "buy", "buy")
    assert (decision["score"], decision["coverage"]) == (now["score"], "0.75")
    assert decision["factors"] == now["factors"]
    by_name = {one["name"]: one for one in decision["factors"]}
    trend, vwap = (Decimal(by_name[one]["value"]) for one in ("ema_trend", "vwap"))
    assert float(decision["score"]) == pytest.approx(float((trend * 2 + vwap) / 3), abs=1e-9)
    assert by_name["sentiment"] == {
        "name": "sentiment",
        "value": None,
        "weight": "0.25",
        "status": "absent",
        "reason": "nothing was written of AAPL in the last 24 hours",
    }


async def test_what_is_written_of_a_symbol_is_a_factor_of_its_decisions(desk: Desk) -> None:
    own = weights(sentiment="0.6", onnx="0.4")
    strategy_id = await desk.strategy("live", kind="multi_factor", weights=own, cap="0.05")
    text = {"source": "desk", "text": "$AAPL profit fell and losses widened at the factory."}
    taken = await desk.client.post("/api/v1/sentiment/items", json={"items": [text]})
    assert taken.status_code == 201, taken.text
    told = (await desk.client.get("/api/v1/sentiment/AAPL")).json()
    now = (await desk.client.get(f"{PATH}/{strategy_id}/analysis/AAPL")).json()
    by_name = {one["name"]: one for one in now["factors"]}
    assert float(by_name["sentiment"]["value"]) == pytest.approx(float(told["score"]), abs=1e-9)
    assert by_name["onnx"]["reason"] == "the strategy names no model"
    assert (now["side"], now["coverage"]) == ("sell", "0.6")
    await desk.say("s-1")
    await desk.act()
    (decision,) = await desk.decisions(strategy_id)
    assert decision["side"] == "sell"
    assert decision["factors"] == now["factors"]


async def test_with_too_little_known_nothing_is_done(desk: Desk) -> None:
    await rising(desk)
    strategy_id = await desk.strategy(
        "live", kind="multi_factor", weights=weights(ema_trend="0.4", onnx="0.6")
    )
    other = await desk.strategy("live", kind="ema_cross", name="other", symbols=["MSFT"])
    await desk.say("s-1")
    await desk.say("s-2", symbol="MSFT")
    await desk.act()
    (decision,) = await desk.decisions(strategy_id)
    assert (decision["action"], decision["reason"]) == ("none", "insufficient_factors")
    assert (decision["coverage"], decision["score"] is None) == ("0.4", False)
    (decision,) = await desk.decisions(other)
    assert (decision["reason"], decision["score"], decision["side"]) == (
        "insufficient_factors",
        None,
        "none",
    )
    assert decision["factors"][0]["reason"] == "the market has told nothing of MSFT yet"
    assert list(await desk.orders()) == []
    absent = await desk.client.get(f"{PATH}/{strategy_id}/analysis/MSFT")
    assert absent.status_code == 404


async def test_a_cross_is_followed_until_it_has_faded(desk: Desk) -> None:
    kept = await rising(desk)
    strategy_id = await desk.strategy("shadow", kind="ema_cross", cap="0.05")
    states = desk.context.parts.storage.patterns
    for number, since in enumerate((0, 7, 10)):
        crossed = replace(kept.state, crossed=1, since_cross=since)
        await states.save(replace(kept, state=crossed, number=50 + number))
        await desk.say(f"s-{number}", "0.1")
        await desk.act()
    told = [(one["action"], one["score"]) for one in await desk.decisions(strategy_id)]
    assert told == [("shadow", "1"), ("shadow", "0.5"), ("none", "0.25")]


async def test_the_account_of_a_strategy_stays(desk: Desk) -> None:
    strategy_id = await desk.strategy()
    portfolio = await desk.client.post("/api/v1/portfolios", json={"name": "Trading"})
    body = {"portfolio_id": portfolio.json()["id"], "name": "Swing"}
    other = (await desk.client.post("/api/v1/accounts", json=body)).json()["id"]
    changed = {"name": NAME, "kind": "follow", "account_id": other, "symbols": ["AAPL"]}
    refused = await desk.client.put(f"{PATH}/{strategy_id}", json=changed)
    assert refused.status_code == 400
    assert refused.json()["errors"][0]["pointer"] == "/account_id"


async def test_setting_it_live_asks_who_one_is_of_late(desk: Desk) -> None:
    strategy_id = await desk.strategy()
    shown = (await desk.client.get(f"{PATH}/{strategy_id}")).json()
    desk.context.clock.advance(301)
    body = {
        "name": NAME,
        "kind": "follow",
        "account_id": shown["account_id"],
        "symbols": ["AAPL"],
        "mode": "live",
    }
    refused = await desk.client.put(f"{PATH}/{strategy_id}", json=body)
    assert (refused.status_code, refused.json()["type"]) == (401, "/problems/step-up-required")


async def test_what_its_own_orders_brought_is_told_with_each_definition(desk: Desk) -> None:
    strategy_id = await desk.strategy("live", cap="0.05")
    at = f"{PATH}/{strategy_id}/performance"
    empty = (await desk.client.get(at)).json()
    assert (empty["orders"], empty["fills"], empty["currency"]) == (0, 0, None)
    assert {(one["value"], one["reason"]) for one in empty["figures"]} == {
        (None, "no order of it has been filled")
    }
    await desk.say("s-1")
    await desk.act()
    (order,) = await desk.orders()
    # Somebody else's of the same account, symbol and even strategy name is not its own.
    body = desk.context.order(strategy_id=NAME, quantity="7")
    other = await desk.client.post("/api/v1/orders", json=body)
    assert other.status_code == 201, other.text
    link: Any = desk.context.storage.archive
    database = await link.link.enter()
    market_at = desk.context.market.now()
    for each in await desk.orders():
        fill = builders.execution(each, quantity=each.terms.quantity, price="98")
        database.fills.append(replace(fill, market_at=market_at, commission=Decimal(1)))
    told = (await desk.client.get(at)).json()
    assert (told["orders"], told["orders_filled"], told["fills"]) == (1, 1, 1)
    figures = {one["name"]: one["value"] for one in told["figures"]}
    assert order.terms.quantity == 50
    assert figures["unrealised_pnl"] == "100"
    assert (figures["net_pnl"], figures["turnover"], figures["win_rate"]) == ("99", "4900", None)
    assert told["open_symbols"] == ["AAPL"]
    assert all(one["definition"] for one in told["figures"])
    assert (await desk.client.get(f"{PATH}/{UUID(int=7)}/performance")).status_code == 404


async def test_in_shadow_no_profit_is_made_up(desk: Desk) -> None:
    strategy_id = await desk.strategy("shadow", cap="0.05")
    await desk.say("s-1")
    await desk.act()
    told = (await desk.client.get(f"{PATH}/{strategy_id}/performance")).json()
    assert (told["mode"], told["orders"], told["shadow_decisions"]) == ("shadow", 0, 1)
    assert all(one["value"] is None for one in told["figures"])


async def test_going_live_takes_a_permission_of_its_own_that_no_token_carries(desk: Desk) -> None:
    strategy_id = await desk.strategy("live", cap="0.05")
    at = f"{PATH}/{strategy_id}"
    own = ["strategies.read", "strategies.write"]
    made = await desk.client.post("/api/v1/tokens", json={"name": "lab", "scopes": own})
    assert made.status_code == 201, made.text
    refused = await desk.client.post(
        "/api/v1/tokens", json={"name": "robot", "scopes": [*own, "strategies.live"]}
    )
    assert refused.status_code == 400
    shown = (await desk.client.get(at)).json()
    body = {
        "name": NAME,
        "kind": "follow",
        "account_id": shown["account_id"],
        "symbols": ["AAPL"],
    }
    # Long after: what a token may do asks nobody who they are.
    desk.context.clock.advance(301)
    async with desk.context.client(made.json()["token"]) as script:
        # A live one cannot be changed and stay so, nor started, but stopped and taken back.
        for asked in (
            script.put(at, json={**body, "mode": "live", "cap": "1"}),
            script.post(f"{at}/start"),
        ):
            answer = await asked
            assert (answer.status_code, answer.json()["permission"]) == (403, "strategies.live")
        assert (await script.post(f"{at}/stop")).json()["running"] is False
        back = await script.put(at, json={**body, "mode": "shadow"})
        assert (back.status_code, back.json()["mode"]) == (200, "shadow")
        assert (await script.post(f"{at}/start")).json()["running"] is True
    assert (await desk.client.get(at)).json()["cap"] == "0.1"


async def test_the_agent_of_a_deleted_or_renamed_strategy_ends_and_nobody_misses_it(
    desk: Desk,
) -> None:
    gone, moved = await desk.strategy(name="gone"), await desk.strategy(name="moved")
    parts, clock = desk.context.parts, desk.context.clock
    act, watch = parts.of(strategies.build).act, parts.of(agents.build).watch
    # We listen all the while, as a server does.
    parts.of(agents.build).facade.presences.hears(now_s=clock.monotonic())
    await act.beat()

    async def states() -> dict[str, str]:
        items = (await desk.client.get("/api/v1/agents")).json()["items"]
        return {one["id"]: one["state"] for one in items if one["kind"] == "strategy"}

    assert await states() == {"gone": "alive", "moved": "alive"}
    clock.advance(1)
    shown = (await desk.client.get(f"{PATH}/{moved}")).json()
    body = {
        "name": "elsewhere",
        "kind": "follow",
        "account_id": shown["account_id"],
        "symbols": ["AAPL"],
    }
    assert (await desk.client.put(f"{PATH}/{moved}", json=body)).status_code == 200
    assert (await desk.client.delete(f"{PATH}/{gone}")).status_code == 204
    for _ in range(12):
        clock.advance(1)
        await act.beat()
        parts.of(agents.build).facade.presences.hears(now_s=clock.monotonic())
        await watch.look()
    ended = {"gone": "ended", "moved": "ended"}
    assert await states() == {**ended, "elsewhere": "alive"}
    told = [
        (one.notice.subject, one.notice.type)
        for one in await desk.context.storage.journal.after(cursor="", limit=500)
        if one.notice.channel == "agents"
    ]
    assert not any(kind in ("agent.became_late", "agent.became_dead") for _, kind in told)
    assert told.count(("gone", "agent.became_ended")) == 1
    # One of that name that is made later speaks as it.
    await desk.strategy(name="gone")
    clock.advance(1)
    await act.beat()
    assert await states() == {"gone": "alive", "moved": "ended", "elsewhere": "alive"}
