"""The curve of an account on the wire."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import httpx
import pytest

from domain.performance.history import EquityPoint
from tests.unit.adapters.http.context import Context
from tests.unit.adapters.http.surroundings import NOW

VALUES = (100, 90, 120, 110)


async def _filled(context: Context) -> str:
    points = [
        EquityPoint(
            tenant_id=context.founded.tenant.id,
            account_id=context.account_id,
            lap=1,
            at=NOW + timedelta(minutes=15 * place),
            equity=Decimal(value),
        )
        for place, value in enumerate(VALUES)
    ]
    await context.storage.equity.add(points)
    return f"/api/v1/accounts/{context.account_id}/equity"


def _time(minutes: int) -> str:
    return (NOW + timedelta(minutes=minutes)).isoformat().replace("+00:00", "Z")


async def test_the_whole_curve_is_summed_up_into_as_many_stretches_as_are_asked(
    context: Context, client: httpx.AsyncClient
) -> None:
    path = await _filled(context)
    (whole,) = (await client.get(path, params={"points": 1})).json()["items"]
    assert whole == {
        "first_at": "2026-01-07T15:30:00Z",
        "last_at": "2026-01-07T16:15:00Z",
        "first": "100",
        "last": "110",
        "least": "90",
        "greatest": "120",
    }
    each = (await client.get(path)).json()["items"]
    assert [one["last"] for one in each] == ["100", "90", "120", "110"]


async def test_a_part_of_it_begins_at_from_and_ends_before_to(
    context: Context, client: httpx.AsyncClient
) -> None:
    path = await _filled(context)
    part = await client.get(path, params={"from": _time(15), "to": _time(45)})
    assert [one["first"] for one in part.json()["items"]] == ["90", "120"]
    for nothing in ({"from": _time(60)}, {"to": _time(0)}):
        assert (await client.get(path, params=nothing)).json() == {"items": []}


@pytest.mark.parametrize(
    ("asked", "pointer"),
    [
        ({"points": 0}, "#points"),
        ({"points": 2_001}, "#points"),
        ({"from": "yesterday"}, "#from"),
        ({"from": "2026-01-07T15:30:00"}, "#from"),
        ({"to": "0001-01-01T00:00:00+14:00"}, "#to"),
        ({"from": "2026-01-08T00:00:00Z", "to": "2026-01-08T00:00:00Z"}, "/to"),
    ],
)
async def test_what_is_asked_in_vain_is_said(
    context: Context, client: httpx.AsyncClient, asked: dict[str, Any], pointer: str
) -> None:
    answer = await client.get(await _filled(context), params=asked)
    assert answer.status_code == 400
    assert [one["pointer"] for one in answer.json()["errors"]] == [pointer]


async def test_an_account_of_nobody_or_of_another_tenant_is_not_there(
    context: Context, client: httpx.AsyncClient
) -> None:
    await _filled(context)
    token, theirs = await context.other_tenant()
    assert (await client.get(f"/api/v1/accounts/{theirs}/equity")).status_code == 404
    async with context.client(token) as other:
        assert (await other.get(f"/api/v1/accounts/{context.account_id}/equity")).status_code == 404
        assert (await other.get(f"/api/v1/accounts/{theirs}/equity")).json() == {"items": []}
