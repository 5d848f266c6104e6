"""Texts over HTTP: pushed, weighed, listed, and refused by field."""

import math
from datetime import timedelta
from decimal import Decimal
from typing import Any

import httpx
import pytest

from adapters.http.sentiment.hype import HYPE
from adapters.http.sentiment.item_schemas import ITEMS_BODY
from adapters.http.sentiment.routes import ANALYZE, PATH, TEXTS
from adapters.http.wire import moment
from application.sentiment.score_texts import LexiconScorer
from bootstrap.areas.sentiment import build
from domain.sentiment.lexicon import VERSION
from ports.sentiment import ScorerUnavailable
from tests.unit.adapters.http.context import Context

ITEM = ITEMS_BODY["items"][0]


async def test_texts_are_pushed_once_weighed_and_listed(client: httpx.AsyncClient) -> None:
    key = {"Idempotency-Key": "one"}
    made = await client.post(f"{ANALYZE}/items", json=ITEMS_BODY, headers=key)
    assert made.status_code == 201
    (taken,) = made.json()["items"]
    assert (taken["symbols"], taken["known"]) == (["AAPL"], [])
    again = await client.post(f"{ANALYZE}/items", json=ITEMS_BODY, headers=key)
    assert (again.content, again.headers["Idempotency-Replayed"]) == (made.content, "true")
    told = (await client.get(f"{ANALYZE}/AAPL")).json()
    assert told["score"] == pytest.approx(taken["score"], abs=2e-6)
    assert (told["label"], told["reason"], told["count"], told["n_eff"]) == ("positive", "", 1, 1)
    assert told["items"][0]["authenticity"]["tier"] == 1
    page = (await client.get(f"{ANALYZE}/AAPL/items", params={"limit": 1})).json()
    assert page["next_cursor"] is None
    (item,) = page["items"]
    assert (item["domain"], item["title"], item["copy_of"]) == ("reuters.com", ITEM["title"], None)
    assert item["authenticity"]["look_alike"] == 1
    before = {"at": "2000-01-01T00:00:00Z"}
    told = (await client.get(f"{ANALYZE}/AAPL", params=before)).json()
    assert (told["score"], told["label"], told["reason"]) == (None, None, "no text within 24 hours")


async def test_items_say_what_scored_them(client: httpx.AsyncClient) -> None:
    assert (await client.post(f"{ANALYZE}/items", json=ITEMS_BODY)).status_code == 201
    by = {"scorer": "lexicon", "scorer_version": VERSION}
    told = (await client.get(f"{ANALYZE}/AAPL")).json()
    assert told["scorers"] == [{**by, "count": 1}]
    (item,) = (await client.get(f"{ANALYZE}/AAPL/items")).json()["items"]
    for one in (item, told["items"][0]):
        assert {name: one[name] for name in by} == by


async def test_sources_are_told_to_who_may_read(context: Context) -> None:
    keep = context.parts.of(build).sources
    tenant_id = context.founded.tenant.id
    await keep.configured(["newsapi", "folder"], tenant_id=tenant_id, every_s=60)
    await keep.answered("newsapi", items=4, tenant_id=tenant_id, every_s=60)
    await keep.failed("folder", "cannot be read", wait_s=120, tenant_id=tenant_id, every_s=60)
    now = context.clock.now()
    async with context.client() as client:
        folder, newsapi = (await client.get(f"{ANALYZE}/sources")).json()["items"]
        context.clock.advance(200)
        later = (await client.get(f"{ANALYZE}/sources")).json()["items"]
    assert newsapi == {
        "name": "newsapi",
        "kind": "newsapi",
        "looked_at": moment(now),
        "answered_at": moment(now),
        "taken": 4,
        "error": "",
        "next_at": moment(now + timedelta(seconds=60)),
        "silent": False,
    }
    assert (folder["answered_at"], folder["error"]) == (None, "cannot be read")
    assert [one["silent"] for one in later] == [True, True]


@pytest.mark.parametrize(
    ("wrong", "pointer"),
    [
        ({"text": ""}, "/items/0/text"),
        ({"symbols": ["ZZZZ"]}, "/items/0/symbols"),
        ({"url": "reuters.com"}, "/items/0/url"),
        ({"source": "two words"}, "/items/0/source"),
        ({"author": {"followers": -1}}, "/items/0/author/followers"),
        ({"more": 1}, "/items/0/more"),
    ],
)
async def test_what_is_no_text_is_refused_by_field(
    client: httpx.AsyncClient, wrong: dict[str, Any], pointer: str
) -> None:
    sent = {"items": [{"text": "x", **ITEM, "title": "", **wrong}]}
    refused = await client.post(f"{ANALYZE}/items", json=sent)
    assert refused.status_code == 400
    assert [one["pointer"] for one in refused.json()["errors"]] == [pointer]


async def test_texts_that_cannot_be_scored_are_refused_and_none_is_kept(
    client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(_: object, __: object) -> object:
        raise ScorerUnavailable("the model is away")

    with monkeypatch.context() as patch:
        patch.setattr(LexiconScorer, "score", away)
        for path, body in (("analyze", TEXTS), ("items", ITEMS_BODY)):
            refused = await client.post(f"{ANALYZE}/{path}", json=body)
            assert refused.status_code == 409
            told = refused.json()
            assert (told["detail"], told["type"].rpartition("/")[2]) == (
                "the model is away",
                "texts-not-scored",
            )
    assert (await client.get(f"{ANALYZE}/AAPL/items")).json()["items"] == []
    told = (await client.post(f"{ANALYZE}/analyze", json=TEXTS)).json()["items"]
    assert [(one["label"], one["scorer"]) for one in told] == [
        ("positive", "lexicon"),
        ("neutral", "lexicon"),
    ]


async def test_a_symbol_that_is_none_and_a_time_to_come_are_told(
    client: httpx.AsyncClient,
) -> None:
    assert (await client.get(f"{ANALYZE}/ZZZZ")).status_code == 404
    assert (await client.get(f"{ANALYZE}/ZZZZ/items")).status_code == 404
    late = await client.get(f"{ANALYZE}/AAPL", params={"at": "2999-01-01T00:00:00Z"})
    assert late.status_code == 400


async def test_mentions_are_taken_in_and_spikes_told(client: httpx.AsyncClient) -> None:
    days = [f"2025-09-{day:02}" for day in range(1, 31)]
    rows = [{"date": day, "symbol": "DOGE", "mentions": 3} for day in days[:-1]]
    rows.append({"date": days[-1], "symbol": "DOGE", "mentions": 90, "authors": 25})
    made = await client.post(f"{HYPE}/mentions", json={"items": rows})
    assert (made.status_code, made.json()["added"]) == (201, 30)
    told = (await client.get(f"{HYPE}/DOGE")).json()
    expected = (math.log(76) - math.log(4)) / 0.5
    assert (told["date"], told["mentions"], told["spike"]) == (days[-1], 75, True)
    assert told["z"] == pytest.approx(expected)
    assert told["velocity"] == pytest.approx(75 / 24)
    spikes = (await client.get(f"{HYPE}/spikes", params={"since": days[0]})).json()["items"]
    assert [(one["symbol"], one["date"]) for one in spikes] == [("DOGE", days[-1])]
    less = await client.get(f"{HYPE}/spikes", params={"threshold": expected + 0.1})
    assert less.json()["items"] == []
    early = (await client.get(f"{HYPE}/DOGE", params={"date": days[5]})).json()
    assert (early["z"], early["score"], early["spike"]) == (None, None, False)
    assert "only 5 days" in early["missing"]
    assert (await client.get(f"{HYPE}/SHIB")).status_code == 404
    far = await client.get(f"{HYPE}/spikes", params={"since": "x"})
    assert far.status_code == 400


async def test_parts_of_the_mood_are_taken_in_and_told(client: httpx.AsyncClient) -> None:
    empty = (await client.get(PATH)).json()
    assert (empty["score"], empty["label"], empty["coverage"]) == (None, None, "0")
    sent = {"items": [{"part": "social", "value": "0.4"}]}
    made = await client.post(f"{PATH}/parts", json=sent)
    assert (made.status_code, made.json()["added"]) == (201, 1)
    told = (await client.get(PATH)).json()
    assert (told["score"], told["label"]) == (70, "greed")
    assert Decimal(told["coverage"]) == Decimal("0.3")
    assert told["parts"]["social"]["date"] == told["date"]
    assert told["parts"]["vix"] == {
        "weight": "0.4",
        "score": None,
        "missing": "not given",
        "date": None,
    }
    assert (await client.get(f"{PATH}/history")).json() == {"items": [told]}
    wrong = {"items": [{"part": "luck", "value": "1"}]}
    refused = await client.post(f"{PATH}/parts", json=wrong)
    assert refused.status_code == 400
    assert [one["pointer"] for one in refused.json()["errors"]] == ["/items/0/part"]


async def test_texts_that_are_scored_are_counted_by_scorer(context: Context) -> None:
    registry = context.parts.metrics.registry

    def value(name: str) -> float:
        return registry.get_sample_value(name, {"scorer": "lexicon"}) or 0.0

    texts, times = value("ballast_texts_scored_total"), value("ballast_text_scoring_seconds_count")
    async with context.client() as client:
        assert (await client.post(f"{ANALYZE}/analyze", json=TEXTS)).status_code == 200
    assert value("ballast_texts_scored_total") == texts + len(TEXTS["texts"])
    assert value("ballast_text_scoring_seconds_count") == times + 1
