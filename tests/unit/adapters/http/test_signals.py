"""Signals over HTTP: published, listed, shown, and sent by alert services."""

import json
from dataclasses import replace
from typing import Any

import httpx
import pytest

from adapters.http.signals.routes import PATH, SHORT, SIGNAL
from adapters.security.hooks import UnusableHooks, read_hooks
from bootstrap.areas import signals
from tests.unit.adapters.http.context import Context

SECRET = "an alert service's secret"


async def test_a_signal_is_published_once_shown_and_listed(client: httpx.AsyncClient) -> None:
    key = {"Idempotency-Key": "one"}
    made = await client.post(PATH, json={**SIGNAL, "meta": {"n": 1, "ok": True}}, headers=key)
    assert made.status_code == 201
    body = made.json()
    assert (body["side"], body["confidence"], body["state"]) == ("buy", "0.7", "active")
    assert body["meta"] == {"n": "1", "ok": "true"}
    again = await client.post(PATH, json={**SIGNAL, "meta": {"n": 1, "ok": True}}, headers=key)
    assert (again.content, again.headers["Idempotency-Replayed"]) == (made.content, "true")
    assert (await client.get(made.headers["Location"])).json() == body
    for path in (PATH, SHORT):
        assert (await client.get(path)).json() == {"items": [body], "next_cursor": None}


async def test_the_list_goes_page_by_page_newest_first_and_is_filtered(
    client: httpx.AsyncClient,
) -> None:
    for number, score in enumerate((-1, -0.5, 0, 0.25, 0.75)):
        sent = {**SIGNAL, "id": f"s-{number}", "score": score, "source": f"from-{number % 2}"}
        assert (await client.post(PATH, json=sent)).status_code == 201

    async def ids(path: str, **query: str) -> list[str]:
        return [one["id"] for one in (await client.get(path, params=query)).json()["items"]]

    first = (await client.get(PATH, params={"limit": "2"})).json()
    assert [one["id"] for one in first["items"]] == ["s-4", "s-3"]
    # One that comes meanwhile moves nothing.
    await client.post(PATH, json={**SIGNAL, "id": "late"})
    rest = await ids(PATH, limit="9", cursor=first["next_cursor"])
    assert rest == ["s-2", "s-1", "s-0"]
    assert await ids(SHORT, min_score="0.5") == ["late", "s-4", "s-1", "s-0"]
    assert await ids(PATH, side="sell") == ["s-1", "s-0"]
    assert await ids(PATH, side="none") == ["s-2"]
    assert await ids(PATH, source="from-1") == ["s-3", "s-1"]
    assert await ids(PATH, symbol="MSFT") == []
    at = (await client.get(f"{PATH}/late")).json()["timestamp"]
    assert await ids(PATH, since=at) != []
    assert await ids(PATH, until=at) == []


@pytest.mark.parametrize(
    ("wrong", "pointer"),
    [
        ({"score": "1.1"}, "/score"),
        ({"score": "NaN"}, "/score"),
        ({"symbol": "ZZZZ"}, "/symbol"),
        ({"source": "patterns"}, "/source"),
        ({"timestamp": "2020-01-01T00:00:00Z"}, "/timestamp"),
        ({"id": "a b"}, "/id"),
        ({"meta": {"deep": {}}}, "/meta/…"),
    ],
)
async def test_what_is_no_signal_is_refused_by_field(
    client: httpx.AsyncClient, wrong: dict[str, Any], pointer: str
) -> None:
    refused = await client.post(PATH, json={**SIGNAL, **wrong})
    assert refused.status_code == 400
    assert refused.json()["errors"][0]["pointer"].startswith(pointer.removesuffix("/…"))


@pytest.mark.parametrize(
    "query", ["min_score=1.1", "min_score=x", "since=2020-01-01T00:00:00", "side=up", "colour=red"]
)
async def test_a_filter_that_makes_no_sense_is_refused(
    client: httpx.AsyncClient, query: str
) -> None:
    refused = await client.get(f"{PATH}?{query}")
    name = query.partition("=")[0]
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (400, f"#{name}")


async def test_a_repeated_id_is_told_as_such(client: httpx.AsyncClient) -> None:
    assert (await client.post(PATH, json={**SIGNAL, "id": "s-1"})).status_code == 201
    refused = await client.post(PATH, json={**SIGNAL, "id": "s-1", "score": "-1"})
    assert (refused.status_code, refused.json()["type"]) == (409, "/problems/signal-repeated")


async def test_an_alert_needs_its_secret_alone(context: Context) -> None:
    tenant = str(context.founded.tenant.id)
    hooks = read_hooks(json.dumps([{"source": "tv", "secret": SECRET, "tenant": tenant}]))
    parts = context.parts
    parts.replace("signals", replace(parts.of(signals.build), hooks=hooks))
    alert = {"secret": SECRET, "symbol": "AAPL", "side": "sell"}
    at = f"{PATH}/hooks/tv"
    async with context.client(None) as service, context.client() as person:
        for wrong, where in (({**alert, "secret": "x"}, at), (alert, f"{PATH}/hooks/other")):
            refused = await service.post(where, json=wrong)
            assert (refused.status_code, refused.json()["type"]) == (403, "/problems/hook-refused")
        # As TradingView sends it, without a type.
        taken = await service.post(at, content=json.dumps(alert))
        assert (taken.status_code, taken.json()["duplicate"]) == (201, False)
        again = await service.post(at, content=json.dumps(alert))
        assert (again.status_code, again.json()) == (
            200,
            {"id": taken.json()["id"], "duplicate": True},
        )
        both = await service.post(at, json={**alert, "score": "1"})
        assert (both.status_code, both.json()["errors"][0]["pointer"]) == (400, "/score")
        for expected in (201, 409):
            named = await service.post(at, json={**alert, "id": "a-1"})
            assert named.status_code == expected
        found = (await person.get(PATH, params={"source": "tv"})).json()["items"]
    assert [(one["id"], one["score"]) for one in found] == [
        ("a-1", "-1"),
        (taken.json()["id"], "-1"),
    ]
    assert SECRET not in json.dumps(found)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("{", "JSON list"),
        ("{}", "JSON list"),
        ('[{"source": "tv"}]', "hook 1: must have"),
        ('[{"source": "t v", "secret": "S", "tenant": ""}]', "hook 1: source"),
        ('[{"source": "patterns", "secret": "S", "tenant": ""}]', "hook 1: source"),
        ('[{"source": "tv", "secret": "short", "tenant": ""}]', "hook 1: secret"),
        ('[{"source": "tv", "secret": "S", "tenant": "me"}]', "hook 1: tenant"),
    ],
)
def test_hooks_that_cannot_be_taken_are_told_without_their_secrets(text: str, told: str) -> None:
    with pytest.raises(UnusableHooks, match=told) as refused:
        read_hooks(text.replace('"S"', json.dumps(SECRET)))
    assert SECRET not in str(refused.value)
