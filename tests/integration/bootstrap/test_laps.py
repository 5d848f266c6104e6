"""A replay that has ended starts over: days, splits and dividends count once more, each once."""

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.integration.bootstrap.processes import Served, ballast, served

# Three servers, one after the other, on one folder.
pytestmark = pytest.mark.timeout(900)

# MSFT pays on the 15th, AAPL splits two for one on the 28th of February.
RANGE = {"BALLAST_REPLAY_START": "2005-02-01", "BALLAST_REPLAY_END": "2005-05-31"}
AFTER = "2005-03-01"
SLOWLY = {"BALLAST_REPLAY_SECONDS_PER_DAY": "0.5", "BALLAST_REPLAY_PAUSED": "true"}
AT_ONCE = {"BALLAST_REPLAY_SECONDS_PER_DAY": "0"}
ENDED = "finished"


def said(folder: Path, *arguments: str) -> Any:
    """Run a command that prints JSON."""
    done = ballast(folder, *arguments)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def until(done: Callable[[], object], *, seconds: float = 200) -> None:
    """Return once it is so."""
    deadline = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < deadline
        time.sleep(0.2)


@contextmanager
def playing(folder: Path, *options: str, **more: str) -> Iterator[Served]:
    with served(folder, *options, **{**RANGE, **more}) as server:
        until(lambda: httpx.get(f"{server.url}/health/ready").status_code == 200)
        yield server


def market(folder: Path) -> Any:
    return said(folder, "market", "--json")


def positions(folder: Path) -> dict[str, str]:
    items = said(folder, "account", "positions", "--json")["items"]
    return {one["symbol"]: one["quantity"] for one in items if one["quantity"] != "0"}


def trade_over_split_and_dividend(folder: Path) -> None:
    """Buy on the first day, keep it until the first of March, and sell."""
    submit(folder, "AAPL", "buy", "10")
    submit(folder, "MSFT", "buy", "100")
    said(folder, "market", "resume")
    until(lambda: market(folder)["now"] >= AFTER)
    said(folder, "market", "pause")
    assert positions(folder) == {"AAPL": "20", "MSFT": "100"}
    said(folder, "market", "resume")
    submit(folder, "AAPL", "sell", "20")
    submit(folder, "MSFT", "sell", "100")
    until(lambda: not positions(folder))


def submit(folder: Path, *arguments: str) -> None:
    """Send a market order; around the replay's nights the market-hours rule denies."""
    for _ in range(200):
        done = ballast(folder, "order", "submit", *arguments, "--json")
        if done.returncode == 0:
            return
        assert "MARKET" in done.stderr or "DAY" in done.stderr, done.stderr
        time.sleep(0.05)
    raise AssertionError(done.stderr)


def booked(folder: Path, kind: str) -> list[str]:
    """Return the references of the account's transactions of a kind, in order."""
    items = said(folder, "account", "ledger", "--limit", "200", "--json")["items"]
    return sorted(one["reference"] for one in items if one["kind"] == kind)


def test_the_second_lap_counts_as_the_first_did(tmp_path: Path) -> None:
    folder = tmp_path / "var"
    with playing(folder, **SLOWLY):
        trade_over_split_and_dividend(folder)
    with playing(folder, **AT_ONCE):
        until(lambda: market(folder)["replay"] == ENDED)
        assert booked(folder, "dividend") == ["dividend:MSFT:2005-02-15"]
        assert booked(folder, "split") == ["split:AAPL:2005-02-28"]
    # Another process answers than the one that plays.
    with playing(folder, "--workers", "2", **SLOWLY):
        assert market(folder)["replay"] == ENDED
        refused = ballast(folder, "market", "resume")
        assert refused.returncode != 0
        assert "--from-start" in refused.stderr
        assert said(folder, "market", "resume", "--from-start") == {"state": "running"}
        # Bought before the dividend, however long a command takes here.
        said(folder, "market", "pause")
        assert ballast(folder, "market", "resume", "--from-start").returncode != 0
        until(lambda: market(folder)["now"] < AFTER)
        trade_over_split_and_dividend(folder)
        assert booked(folder, "dividend") == [
            "dividend:MSFT:2005-02-15",
            "dividend:MSFT:2005-02-15:lap-2",
        ]
        assert booked(folder, "split") == ["split:AAPL:2005-02-28", "split:AAPL:2005-02-28:lap-2"]
    with playing(folder, **AT_ONCE):
        # Books and venue agree, or nothing could be traded; and this end is one like the first.
        until(lambda: market(folder)["replay"] == ENDED)
        assert len(booked(folder, "dividend")) == 2
        assert "nothing is stopped" in ballast(folder, "kill", "status").stdout.lower()
