"""The analysis of orders over HTTP."""

from typing import Any

import pytest

from adapters.cli.order_asking import print_analysis
from tests.unit.adapters.http.context import Context
from tests.unit.adapters.http.pre_trade import ANALYZE, JOURNEYS


@pytest.mark.parametrize("journey", JOURNEYS, ids=lambda one: one.__name__)
async def test_a_journey(context: Context, journey: Any) -> None:
    await journey(context)


async def test_the_command_prints_the_rating_and_what_is_behind_it(
    context: Context, capsys: pytest.CaptureFixture[str]
) -> None:
    async with context.client() as client:
        print_analysis((await client.post(ANALYZE, json=context.order(quantity="300"))).json())
    printed = capsys.readouterr().out
    assert printed.startswith("DANGER, score 100\n")
    assert all(word in printed for word in ("marginal_var", "liquidity", "MAX_ORDER_VALUE"))
