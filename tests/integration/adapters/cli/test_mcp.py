"""An assistant reads by MCP, with the SDK's own client, what its caller may see, and no more."""

import json
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx
import httpx2
import pytest
from mcp import Client, StdioServerParameters
from mcp.client.streamable_http import streamable_http_client
from mcp.types import CallToolResult, TextContent

from adapters.cli.failures import FAILED, UNREACHABLE
from adapters.mcp.holdings import McpHoldings, connect_to
from adapters.system.time import SystemClock
from ports.holdings import Holding, HoldingUnknown
from tests.integration.bootstrap.processes import Served, ballast, environment, served
from tests.services.ports import free_ports
from tests.unit.sources import ROOT

pytestmark = pytest.mark.timeout(240)

TOOLS = {"get_holdings", "get_positions", "get_quotes", "get_signals", "get_sentiment"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """A server whose market stands still, its folder, and its owner's token."""

    server: Served
    folder: Path
    token: str

    def ask(self, method: str, path: str, **rest: Any) -> Any:
        """Ask it by HTTP, as its owner."""
        headers = {"Authorization": f"Bearer {self.token}", "Idempotency-Key": str(uuid4())}
        url = f"{self.server.url}/api/v1{path}"
        answer = httpx.request(method, url, headers=headers, trust_env=False, timeout=30, **rest)
        assert answer.is_success, answer.text
        return answer.json()

    def scoped(self, *scopes: str) -> str:
        """Return a new token of the owner's that may do these things alone."""
        body = {"name": str(uuid4()), "scopes": list(scopes), "expires_in_s": 86_400}
        return str(self.ask("POST", "/tokens", json=body)["token"])


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """Serve with one position, one signal, and one text about a symbol."""
    folder = tmp_path_factory.mktemp("mcp") / "var"
    with served(folder, "--profile", "memory") as server:
        one = Running(server=server, folder=folder, token=ballast(folder, "token").stdout.strip())

        # Around the replay's nights the market-hours rule denies; the test's time ends the wait.
        while not _holds(one):
            ballast(folder, "order", "submit", "IBM", "buy", "2")
        one.ask("POST", "/market/replay/pause")
        signal = {"id": "one", "symbol": "AAPL", "score": 0.5, "source": "tests"}
        one.ask("POST", "/signals", json=signal)
        yield one


def _holds(one: Running) -> bool:
    (account,) = one.ask("GET", "/accounts")["items"]
    return bool(one.ask("GET", f"/accounts/{account['id']}/positions")["items"])


@asynccontextmanager
async def by_stdio(folder: Path, **more: str) -> AsyncIterator[Client]:
    """Start `ballast mcp` as an assistant's host does, and speak to it."""
    started = StdioServerParameters(
        command=sys.executable,
        args=["-m", "bootstrap.cli", "mcp"],
        env=environment(folder, **more),
        cwd=ROOT,
    )
    async with Client(started) as client:
        yield client


@contextmanager
def answering(running: Running) -> Iterator[str]:
    """Run `ballast mcp --port`, and give its address."""
    (port,) = free_ports(1)
    process = subprocess.Popen(
        [sys.executable, "-m", "bootstrap.cli", "mcp", "--port", str(port)],
        cwd=ROOT,
        env=environment(running.folder),
    )
    try:
        while not _answers(port):
            assert process.poll() is None
            time.sleep(0.1)
        yield f"http://127.0.0.1:{port}/mcp"
    finally:
        process.terminate()
        process.wait(timeout=30)


def _answers(port: int) -> bool:
    try:
        httpx.get(f"http://127.0.0.1:{port}/", trust_env=False)
    except httpx.HTTPError:
        return False
    return True


@asynccontextmanager
async def by_http(url: str, *, token: str | None) -> AsyncIterator[Client]:
    """Speak to an address, showing a token."""
    headers = {} if token is None else {"Authorization": f"Bearer {token}"}
    async with (
        httpx2.AsyncClient(headers=headers, timeout=30, trust_env=False) as http,
        Client(streamable_http_client(url, http_client=http)) as client,
    ):
        yield client


def told(result: CallToolResult) -> Any:
    """Return what a tool answered; it must be no error."""
    assert not result.is_error, result
    return json.loads(_text(result))


def refusal(result: CallToolResult) -> str:
    """Return what a tool said that it cannot do."""
    assert result.is_error, result
    return _text(result)


def _text(result: CallToolResult) -> str:
    (content,) = result.content
    assert isinstance(content, TextContent)
    return content.text


async def test_there_are_five_tools_and_each_only_reads(running: Running) -> None:
    async with by_stdio(running.folder) as client:
        found = (await client.list_tools()).tools
    assert {one.name for one in found} == TOOLS
    for one in found:
        assert one.annotations is not None
        assert one.annotations.read_only_hint is True
        assert one.description


async def test_each_tool_tells_what_the_server_shows(running: Running) -> None:
    (account,) = running.ask("GET", "/accounts")["items"]
    summary = running.ask("GET", f"/accounts/{account['id']}")
    held = running.ask("GET", f"/accounts/{account['id']}/positions")["items"]
    async with by_stdio(running.folder) as client:
        holdings = told(await client.call_tool("get_holdings"))
        named = {"account_id": account["id"]}
        positions = told(await client.call_tool("get_positions", named))
        quotes = told(await client.call_tool("get_quotes", {"symbols": ["ibm", "NONE"]}))
        signals = told(await client.call_tool("get_signals", {"symbol": "aapl", "limit": 5}))
        sentiment = told(await client.call_tool("get_sentiment", {"symbol": "AAPL"}))
    assert holdings["total_value"] == summary["equity"]
    assert holdings["as_of"] == summary["as_of"]
    assert [(one["symbol"], one["quantity"]) for one in holdings["positions"]] == [
        (one["symbol"], one["quantity"]) for one in held
    ]
    assert positions == {"account_id": account["id"], "positions": held}
    assert quotes["quotes"] == [running.ask("GET", "/market/quotes/IBM")]
    assert "NONE" in quotes["problems"]["NONE"]
    assert [one["id"] for one in signals["signals"]] == ["one"]
    assert signals["next_cursor"] is None
    shown = running.ask("GET", "/sentiment/AAPL")
    # Asked twice, it is as of two moments.
    assert sentiment | {"at": ""} == shown | {"at": ""}


async def test_what_the_caller_may_not_see_is_refused_by_its_permission(running: Running) -> None:
    token = running.scoped("market.read", "signals.read")
    async with by_stdio(running.folder, BALLAST_TOKEN=token) as client:
        assert told(await client.call_tool("get_quotes", {"symbols": ["IBM"]}))["quotes"]
        assert told(await client.call_tool("get_signals"))["signals"]
        assert "accounts.read" in refusal(await client.call_tool("get_holdings"))
        said = refusal(await client.call_tool("get_sentiment", {"symbol": "IBM"}))
        assert "sentiment.read" in said


async def test_by_http_each_caller_is_who_its_token_says(running: Running) -> None:
    may_read = running.scoped("accounts.read")
    may_not = running.scoped("market.read")
    with answering(running) as url:
        async with by_http(url, token=may_read) as client:
            assert told(await client.call_tool("get_holdings"))["positions"]
        async with by_http(url, token=may_not) as client:
            assert "accounts.read" in refusal(await client.call_tool("get_holdings"))
        # The key of the data folder beside it serves nobody who sends no token.
        async with by_http(url, token=None) as client:
            said = refusal(await client.call_tool("get_holdings"))
            assert "no token was sent" in said
            assert "Authorization: Bearer" in said
        async with by_http(url, token="forged") as client:
            assert "token" in refusal(await client.call_tool("get_holdings"))


async def test_strategies_are_told_by_it_what_our_own_books_say(running: Running) -> None:
    (account,) = running.ask("GET", "/accounts")["items"]
    summary = running.ask("GET", f"/accounts/{account['id']}")
    asked: dict[str, Any] = {
        "tenant_id": uuid4(),
        "account_id": UUID(account["id"]),
        "symbol": "IBM",
    }
    token = running.scoped("accounts.read")
    with answering(running) as url:
        holdings = McpHoldings(connect=connect_to(url, token=token), clock=SystemClock())
        assert await holdings.of(**asked) == Holding(
            equity=Decimal(summary["equity"]),
            power=Decimal(summary["buying_power"]),
            held=Decimal(summary_held(running, account["id"])),
        )
        none = await holdings.of(**{**asked, "account_id": uuid4()})
        assert isinstance(none, HoldingUnknown)
        nobody = McpHoldings(connect=connect_to(url, token=None), clock=SystemClock())
        refused = await nobody.of(**asked)
        assert isinstance(refused, HoldingUnknown)
        assert "no token was sent" in refused.problem
    away = await holdings.of(**asked)
    assert isinstance(away, HoldingUnknown)
    assert "gave no answer" in away.problem


def summary_held(running: Running, account_id: str) -> str:
    """Return the units of the one symbol that is held."""
    (one,) = running.ask("GET", f"/accounts/{account_id}/positions")["items"]
    return str(one["quantity"])


def test_the_check_says_whether_one_answers(running: Running) -> None:
    with answering(running) as url:
        port = url.rpartition(":")[2].removesuffix("/mcp")
        assert ballast(running.folder, "mcp", "--check", "--port", port).stdout == "healthy\n"
    assert ballast(running.folder, "mcp", "--check", "--port", port).returncode == UNREACHABLE
    beyond = ballast(running.folder, "mcp", "--host", "0.0.0.0", "--port", port)
    assert beyond.returncode == FAILED
    assert "--plain" in beyond.stderr


async def test_without_token_or_server_the_tool_says_what_to_do(
    running: Running, tmp_path: Path
) -> None:
    url = running.server.url
    async with by_stdio(tmp_path / "var", BALLAST_URL=url) as client:
        assert "BALLAST_TOKEN" in refusal(await client.call_tool("get_holdings"))
    nowhere = {"BALLAST_URL": "http://127.0.0.1:1", "BALLAST_TOKEN": "any"}
    async with by_stdio(tmp_path / "var", **nowhere) as client:
        assert "no server answers" in refusal(await client.call_tool("get_holdings"))


BAD: list[tuple[str, dict[str, Any], str]] = [
    ("get_quotes", {"symbols": []}, "1 to 50"),
    ("get_quotes", {"symbols": ["../accounts"]}, "'../accounts': symbol"),
    ("get_quotes", {"symbols": [".."]}, "symbol"),
    ("get_quotes", {}, "symbols"),
    ("get_signals", {"limit": 0}, "1 to 200"),
    ("get_signals", {"min_score": "much"}, "min_score"),
    ("get_positions", {"account_id": "../users"}, "account's id"),
    ("get_sentiment", {"symbol": "AAPL/items"}, "'AAPL/ITEMS': symbol"),
    ("buy", {}, "buy"),
]


async def test_bad_input_is_told_by_name(running: Running) -> None:
    async with by_stdio(running.folder) as client:
        for tool, arguments, said in BAD:
            assert said in refusal(await client.call_tool(tool, arguments))
