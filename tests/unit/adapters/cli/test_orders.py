"""What is typed of orders is told wrong before any server is asked."""

from typing import Any

import pytest
from typer.testing import CliRunner

from adapters.cli.failures import CommandFailed
from adapters.cli.order_changing import _leg
from bootstrap.cli import app


def _told(*arguments: str) -> str:
    with pytest.raises(CommandFailed) as told:
        CliRunner().invoke(app, ["order", *arguments], catch_exceptions=False)
    assert told.value.code == 2
    return str(told.value)


@pytest.mark.parametrize(
    "arguments",
    [
        ("cancel", "nope"),
        ("show", "nope"),
        ("explain", "nope"),
        ("replace", "nope", "--limit", "1"),
        ("resolve", "nope", "looked"),
    ],
    ids=lambda found: found[0],
)
def test_what_is_no_id_is_told_what_one_looks_like(arguments: tuple[str, ...]) -> None:
    said = _told(*arguments)
    assert "nope is no order's id: one looks like 0199a000-0000-7000-8000-000000000003" in said
    assert "ballast order list" in said


def test_a_replace_of_nothing_says_what_can_be_replaced() -> None:
    assert "--quantity, --limit, --stop or --trail" in _told(
        "replace", "0199a000-0000-7000-8000-000000000003"
    )


@pytest.mark.parametrize(
    ("text", "body"),
    [
        (
            "aapl BUY 10",
            {"symbol": "AAPL", "side": "buy", "type": "market", "quantity": "10"},
        ),
        (
            "AAPL sell 10 stop=95 tif=day",
            {
                "symbol": "AAPL",
                "side": "sell",
                "type": "stop",
                "quantity": "10",
                "stop_price": "95",
                "time_in_force": "day",
            },
        ),
        (
            "AAPL sell 10 trail=2%",
            {
                "symbol": "AAPL",
                "side": "sell",
                "type": "trailing_stop",
                "quantity": "10",
                "trail": "2",
                "trail_kind": "percent",
            },
        ),
    ],
)
def test_a_leg_of_a_group_is_an_order(text: str, body: dict[str, Any]) -> None:
    assert _leg(text) == {"time_in_force": "gtc", **body}


@pytest.mark.parametrize(
    "text", ["AAPL sell", "AAPL sell 10 130", "AAPL sell 10 limit=", "A b 1 stop=1 stop=2"]
)
def test_a_leg_that_says_something_else_is_refused(text: str) -> None:
    with pytest.raises(CommandFailed):
        _leg(text)
