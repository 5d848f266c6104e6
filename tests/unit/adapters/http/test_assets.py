"""Assets over HTTP: one by one, and as a whole list that is taken in or refused together."""

from typing import Any

import httpx

from adapters.http.assets.routes import ASSET, PATH


async def _names(client: httpx.AsyncClient) -> list[str]:
    return [one["name"] for one in (await client.get(PATH)).json()["items"]]


async def test_an_asset_is_made_once_changed_by_version_and_deleted(
    client: httpx.AsyncClient,
) -> None:
    key = {"Idempotency-Key": "house"}
    made = await client.post(PATH, json=ASSET, headers=key)
    assert made.status_code == 201
    again = await client.post(PATH, json=ASSET, headers=key)
    assert (again.content, again.headers["Idempotency-Replayed"]) == (made.content, "true")
    at = made.headers["Location"]
    shown = (await client.get(at)).json()
    # 420,000 x 1.03^(191 / 365): the days since the value.
    assert (shown["value"], shown["estimate"]) == ("420000", "426546.96")
    changed = await client.put(at, json={**ASSET, "value": 430_000}, headers={"If-Match": '"1"'})
    assert (changed.status_code, changed.headers["ETag"]) == (200, '"2"')
    late = await client.put(at, json=ASSET, headers={"If-Match": '"1"'})
    assert (late.status_code, late.headers["ETag"]) == (412, '"2"')
    assert (await client.delete(at)).status_code == 204
    assert (await client.get(at)).status_code == 404


async def test_two_of_one_name_are_told_apart(client: httpx.AsyncClient) -> None:
    await client.post(PATH, json=ASSET)
    other = await client.post(PATH, json={**ASSET, "name": "Boat"})
    for answer in (
        await client.post(PATH, json=ASSET),
        await client.put(other.headers["Location"], json=ASSET),
    ):
        assert (answer.status_code, answer.json()["type"]) == (409, "/problems/asset-name-taken")


async def test_a_list_is_taken_in_whole_and_comes_out_the_same(client: httpx.AsyncClient) -> None:
    listed = [{**ASSET, "name": name} for name in ("House", "Boat")]
    taken = await client.post(f"{PATH}/import", json={"assets": listed})
    assert taken.json() == {"added": 2, "changed": 0, "unchanged": 0}
    out = (await client.get(f"{PATH}/export")).json()
    assert [one["name"] for one in out["assets"]] == ["House", "Boat"]
    out["assets"][1]["value"] = "7"
    more = {"assets": [*out["assets"], {**ASSET, "name": "Ring", "kind": "jewellery"}]}
    taken = await client.post(f"{PATH}/import", json=more)
    assert taken.json() == {"added": 1, "changed": 1, "unchanged": 1}


async def test_one_wrong_asset_keeps_the_whole_list_out(client: httpx.AsyncClient) -> None:
    wrongs: list[tuple[dict[str, Any], str]] = [
        ({"currency": "euro"}, "/assets/1/currency"),
        ({"valued_on": "2026-01-08"}, "/assets/1/valued_on"),
        ({"name": "House"}, "/assets/1/name"),
        ({"kind": "yacht"}, "/assets/1/kind"),
    ]
    for wrong, pointer in wrongs:
        listed = [{**ASSET, "name": "House"}, {**ASSET, "name": "Boat", **wrong}]
        refused = await client.post(f"{PATH}/import", json={"assets": listed})
        assert refused.status_code == 400
        assert refused.json()["errors"][0]["pointer"] == pointer
    assert await _names(client) == []
