"""The margin of accounts over HTTP: what it takes, its rulebook, a plan from proposal to order."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import httpx

from adapters.http.margin.account_routes import ACCOUNTS_PATH
from adapters.memory.accounts import MemoryAccountBooks
from bootstrap.margin.accounts import build_account_margin
from domain.accounts.positions import Position
from tests.unit.adapters.http.context import Context

D = Decimal


async def _hold(context: Context, *, cash: int, units: int) -> str:
    """Let the account hold AAPL bought at 100, and quote it there."""
    await context.quote(last="100")
    books = context.storage.books
    assert isinstance(books, MemoryAccountBooks)
    kept = books.link.database.books
    book = kept[context.account_id]
    held = Position(symbol="AAPL", quantity=D(units), cost=D(units) * 100)
    kept[context.account_id] = replace(
        book, version=book.version + 1, cash={"USD": D(cash)}, positions={"AAPL": held}
    )
    return f"{ACCOUNTS_PATH}/{context.account_id}"


async def _shown(client: httpx.AsyncClient, path: str) -> Any:
    answer = await client.get(path)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_an_account_shows_what_it_takes_and_where_it_is_called(
    context: Context, client: httpx.AsyncClient
) -> None:
    at = await _hold(context, cash=-60_000, units=1_000)
    found = await _shown(client, at)
    names = ("equity", "maintenance", "deposit", "buffer", "used", "excess", "available", "problem")
    assert [found[name] for name in names] == [
        *("40000", "25000", "50000", "0.375", "0.625", "15000", "-10000", None)
    ]
    assert found["rulebook"].startswith("reg_t@")
    (held,) = found["positions"]
    # 60,000 owed / 750 shares' worth that a quarter leaves.
    assert held["call_price"] == "80"
    one = await _shown(client, f"{at}/positions/AAPL")
    assert (one["position"], one["buffer"]) == (held, "0.375")
    gone = await client.get(f"{at}/positions/MSFT")
    assert (gone.status_code, gone.json()["type"]) == (404, "/problems/not-found")
    await context.quote(last="88")
    await context.parts.of(build_account_margin).watch.read()
    (warning,) = (await _shown(client, at))["warnings"]
    assert (warning["level"], warning["state"]) == ("0.25", "open")
    notices = (await client.get("/api/v1/notices")).json()["items"]
    assert [one["kind"] for one in notices] == ["margin_warning"]


async def test_what_has_no_price_has_no_figures_and_says_so(
    context: Context, client: httpx.AsyncClient
) -> None:
    at = await _hold(context, cash=0, units=10)
    books = context.storage.books
    assert isinstance(books, MemoryAccountBooks)
    kept = books.link.database.books
    book = kept[context.account_id]
    kept[context.account_id] = replace(
        book,
        version=book.version + 1,
        positions={"XXXX": Position(symbol="XXXX", quantity=D(1), cost=D(1))},
    )
    found = await _shown(client, at)
    assert (found["equity"], found["positions"]) == (None, [])
    assert "XXXX" in found["problem"]
    one = await _shown(client, f"{at}/positions/XXXX")
    assert (one["position"], "XXXX" in one["problem"]) == (None, True)


async def test_a_rulebook_is_chosen_by_version_and_holds_for_the_next_order(
    context: Context, client: httpx.AsyncClient
) -> None:
    at = await _hold(context, cash=1_000, units=10)
    chosen = await client.put(
        f"{at}/rulebook", json={"rulebook": "cash"}, headers={"If-Match": '"0"'}
    )
    assert (chosen.status_code, chosen.headers["ETag"]) == (200, '"1"')
    assert chosen.json()["rulebook"] == "cash"
    late = await client.put(
        f"{at}/rulebook", json={"rulebook": "reg_t"}, headers={"If-Match": '"0"'}
    )
    assert late.status_code == 412
    denied = await client.post("/api/v1/orders", json=context.order(quantity="11"))
    assert denied.status_code == 403
    assert "initial margin by cash" in denied.text
    none = await client.put(f"{at}/rulebook", json={"rulebook": "nobody"})
    assert none.status_code == 400
    assert "must be one of cash, reg_t" in none.text
    automatic = await client.put(f"{at}/automatic-deleverage", json={"target_buffer": "0.3"})
    assert automatic.json()["automatic_target"] == "0.3"
    assert (await _shown(client, at))["version"] == 2
    wrong = await client.put(f"{at}/automatic-deleverage", json={"target_buffer": "1"})
    assert wrong.status_code == 400


async def test_a_plan_goes_from_its_proposal_to_its_order(
    context: Context, client: httpx.AsyncClient
) -> None:
    at = await _hold(context, cash=-60_000, units=1_000)
    key = {"Idempotency-Key": "plan"}
    path, body = f"{at}/deleverage-plans", {"target_buffer": "0.5"}
    made = await client.post(path, json=body, headers=key)
    assert made.status_code == 201, made.text
    assert (await client.post(path, json=body, headers=key)).content == made.content
    plan = made.json()["plan"]
    assert (plan["state"], plan["taxes"], plan["buffer_before"]) == (
        *("proposed", "zero_cost", "0.375"),
    )
    approved = await client.post(f"{path}/{plan['id']}/approve")
    assert (approved.status_code, approved.json()["state"]) == (200, "approved")
    again = await client.post(f"{path}/{plan['id']}/approve")
    assert (again.status_code, again.json()["type"]) == (409, "/problems/plan-not-approvable")
    await context.parts.of(build_account_margin).carry_out.round()
    orders = (await client.get("/api/v1/orders")).json()["items"]
    assert [one["client_order_id"] for one in orders] == [
        f"deleverage-{plan['id'].replace('-', '')}-1"
    ]
    (listed,) = (await _shown(client, path))["items"]
    assert (listed["id"], listed["step"]) == (plan["id"], 1)
    met = await client.post(path, json={"target_buffer": "0.1"})
    assert (met.status_code, met.json()["plan"]) == (200, None)
    assert "nothing has to be closed" in met.json()["reason"]
