"""Margin over HTTP: books that nobody holds, and the rulebooks."""

from typing import Any

import httpx
import pytest

from adapters.http.margin.routes import PATH, WHAT_IF

BTC: dict[str, Any] = {
    "symbol": "BTCUSDT",
    "asset_class": "crypto_perp",
    "quantity": "109.488",
    "price": "31967.27",
    "entry_price": "32481.98",
    "tiers": [
        {"floor": "0", "rate": "0.004"},
        {"floor": "50000", "rate": "0.005"},
        {"floor": "250000", "rate": "0.01"},
        {"floor": "1000000", "rate": "0.025"},
    ],
}
CRYPTO = {
    "rulebook": "crypto_isolated",
    "as_of": "2026-07-01",
    "wallet": "1535443.01",
    "positions": [BTC],
}
PUT: dict[str, Any] = {
    "symbol": "XYZ 260619P00200000",
    "asset_class": "option",
    "quantity": "-1",
    "price": "1.20",
    "underlying": "XYZ",
    "underlying_price": "209",
    "right": "put",
    "strike": "200",
    "expiry": "2026-09-18",
}


async def _asked(client: httpx.AsyncClient, body: dict[str, Any]) -> Any:
    answer = await client.post(f"{PATH}/what-if", json=body)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_a_book_is_margined_and_called(client: httpx.AsyncClient) -> None:
    found = await _asked(client, WHAT_IF)
    sums = ("equity", "initial", "maintenance", "deposit", "buffer", "excess", "available")
    assert [found[name] for name in sums] == [
        *("55000", "47500", "23750", "47500", "0.5681818182", "31250", "7500")
    ]
    assert found["rulebook"] == "reg_t@2026-06-04"
    called = {one["symbol"]: one["call_price"] for one in found["positions"]}
    assert called == {"AAPL": "16.6666666667", "MSFT": "11.1111111111"}
    aapl = found["positions"][0]
    assert aapl["distance_percent"] == "83.3333333333"
    # The market is known here, so that the distance has days; half the way takes a quarter.
    assert aapl["distance_days"] == pytest.approx((aapl["distance_sigmas"] / 1.959964) ** 2)


async def test_a_contract_covers_a_hundred_where_nothing_else_is_said(
    client: httpx.AsyncClient,
) -> None:
    found = await _asked(client, {**WHAT_IF, "positions": [PUT]})
    assert (found["initial"], found["deposit"]) == ("3400", "3280")
    (pairing,) = found["pairings"]
    assert pairing["legs"] == [{"symbol": "XYZ 260619P00200000", "quantity": "-1"}]
    single = {**PUT, "multiplier": "1"}
    assert (await _asked(client, {**WHAT_IF, "positions": [single]}))["initial"] == "34"


async def test_a_perpetual_is_liquidated(client: httpx.AsyncClient) -> None:
    found = await _asked(client, CRYPTO)
    (one,) = found["positions"]
    assert (one["call_price"], one["liquidation_price"][:8]) == (None, "18778.72")


def _with(position: dict[str, Any], **changed: Any) -> dict[str, Any]:
    return {**WHAT_IF, "positions": [{**position, **changed}]}


def _without(position: dict[str, Any], name: str) -> dict[str, Any]:
    return {name_: value for name_, value in position.items() if name_ != name}


SHARE: dict[str, Any] = {
    "symbol": "AAPL",
    "asset_class": "equity",
    "quantity": "500",
    "price": "100",
}


@pytest.mark.parametrize(
    ("body", "pointer", "said"),
    [
        ({**WHAT_IF, "rulebook": "span"}, "/rulebook", "reg_t"),
        ({**WHAT_IF, "as_of": "1997-01-01"}, "/as_of", "has no table before"),
        ({**WHAT_IF, "wallet": "1"}, "/wallet", "takes cash"),
        ({**CRYPTO, "cash": "1"}, "/cash", "takes wallet"),
        (_without(WHAT_IF, "cash"), "/cash", "is required"),
        (_with(SHARE, asset_class="future"), "/positions/0/asset_class", "scanning ranges"),
        (_with(SHARE, quantity="1e3"), "/positions/0/quantity", "plain decimal"),
        (_with(SHARE, price="-1"), "/positions/0/price", "above 0"),
        (_with(SHARE, strike="1"), "/positions/0/strike", "belongs to an option"),
        (_with(SHARE, tiers=[BTC["tiers"][0]]), "/positions/0/tiers", "crypto_perp"),
        (_with(SHARE, leverage="0.5"), "/positions/0/leverage", "between 1"),
        ({**WHAT_IF, "positions": [SHARE, SHARE]}, "/positions/1/symbol", "twice"),
        (_with(_without(PUT, "strike")), "/positions/0/strike", "is required"),
        (_with(_without(PUT, "underlying_price")), "/positions/0/underlying_price", "no price"),
        (_with(PUT, expiry="2026-06-30"), "/positions/0/expiry", "expired"),
        (_with(PUT, multiplier="0"), "/positions/0/multiplier", "above 0"),
        (_with(PUT, quantity="0.5"), "/positions/0/quantity", "whole"),
        (_with(BTC), "/positions/0/asset_class", "no table"),
        ({**CRYPTO, "positions": [_without(BTC, "tiers")]}, "/positions/0/tiers", "no maint"),
        (
            {**CRYPTO, "positions": [{**BTC, "tiers": BTC["tiers"][1:]}]},
            "/positions/0/tiers",
            "floor 0",
        ),
        (
            {**CRYPTO, "positions": [{**BTC, "tiers": [{"floor": "0", "rate": "2"}]}]},
            "/positions/0/tiers/0/rate",
            "between 0 and 1",
        ),
    ],
)
async def test_what_does_not_fit_is_told_by_field(
    client: httpx.AsyncClient, body: dict[str, Any], pointer: str, said: str
) -> None:
    answer = await client.post(f"{PATH}/what-if", json=body)
    assert answer.status_code == 400, answer.text
    (error,) = answer.json()["errors"]
    assert error["pointer"] == pointer
    assert said in error["detail"]


async def test_every_rulebook_says_since_when_and_by_what(client: httpx.AsyncClient) -> None:
    listed = (await client.get(f"{PATH}/rulebooks")).json()["items"]
    assert {one["name"] for one in listed} == {
        *("cash", "reg_t", "finra_4210", "portfolio", "crypto_isolated", "crypto_cross")
    }
    assert all(one["sources"] for one in listed)
    reg_t = [one for one in listed if one["name"] == "reg_t"]
    assert [one["version"] for one in reg_t] == ["reg_t@2010-12-02", "reg_t@2026-06-04"]
    assert (reg_t[1]["long_initial"], reg_t[1]["long_maintenance"]) == ("0.5", "0.25")
