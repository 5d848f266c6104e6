"""Texts over HTTP: pushed, weighed, listed, and refused by field."""

from typing import Any

import httpx
import pytest

from adapters.http.sentiment.item_schemas import ITEMS_BODY
from adapters.http.sentiment.routes import ANALYZE

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


async def test_a_symbol_that_is_none_and_a_time_to_come_are_told(
    client: httpx.AsyncClient,
) -> None:
    assert (await client.get(f"{ANALYZE}/ZZZZ")).status_code == 404
    assert (await client.get(f"{ANALYZE}/ZZZZ/items")).status_code == 404
    late = await client.get(f"{ANALYZE}/AAPL", params={"at": "2999-01-01T00:00:00Z"})
    assert late.status_code == 400
