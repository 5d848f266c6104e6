"""Memory, our own books and an MCP server keep the promises of Holdings."""

import json
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from mcp import Client
from mcp.server.mcpserver import MCPServer
from mcp.server.mcpserver.exceptions import ToolError

from adapters.mcp.holdings import McpHoldings
from adapters.memory.holdings import KnownAccount, MemoryHoldings
from adapters.memory.time import ManualClock
from application.strategies.own_holdings import OwnHoldings
from application.strategies.told_holdings import ToldHoldings
from domain.accounts.positions import Position
from domain.shared.breaker import FAILURES_MAX, OPEN_S
from domain.shared.refusals import Absent
from ports.holdings import Holding, HoldingUnknown
from tests import builders
from tests.contracts.holdings import Held, HoldingsContract
from tests.unit.application.accounts.context import AccountContext

TENANT, ACCOUNT, UNKNOWN, ELSEWHERE = (UUID(int=number) for number in range(1, 5))
FIGURES = Holding(equity=Decimal(1_000), power=Decimal(900), held=Decimal(2))
GOOD: dict[str, Any] = {
    "total_value": "1000",
    "positions": [{"symbol": "AAPL", "quantity": "2", "market_value": "100"}],
}


def held_over(holdings: Any) -> Held:
    """Return what a suite asks, of accounts by these ids."""
    return Held(
        holdings=holdings,
        tenant_id=TENANT,
        account_id=ACCOUNT,
        unknown_id=UNKNOWN,
        elsewhere_id=ELSEWHERE,
    )


def in_memory() -> MemoryHoldings:
    """Return both accounts of the suite."""
    one = KnownAccount(equity=Decimal(1_000), power=Decimal(900), positions={"AAPL": Decimal(2)})
    return MemoryHoldings(
        accounts={
            (TENANT, ACCOUNT): one,
            (TENANT, UNKNOWN): replace(one, problem="no price of AAPL"),
        }
    )


class TestMemoryHoldings(HoldingsContract):
    @pytest.fixture
    def held(self) -> Held:
        return held_over(in_memory())


class TestOwnHoldings(HoldingsContract):
    @pytest.fixture
    def held(self) -> Held:
        context = AccountContext()
        context.quote("AAPL", 50)
        owner = context.stored().account
        unpriced = replace(owner, id=builders.new_id())
        for account, symbol in ((owner, "AAPL"), (unpriced, "UNPRICED")):
            position = Position(symbol=symbol, quantity=Decimal(2), cost=Decimal(80))
            context.rig.database.books[account.id] = builders.book(
                account, cash={"USD": Decimal(900)}, positions={symbol: position}
            )
        cases = context.cases
        return Held(
            holdings=OwnHoldings(
                book_store=cases.book_store, view=context.rig.market, power=cases.power
            ),
            tenant_id=context.tenant_id,
            account_id=owner.id,
            unknown_id=unpriced.id,
            elsewhere_id=builders.new_id(),
        )


def server_of(tell: Callable[[str], str]) -> MCPServer:
    """Return a server whose get_holdings tells a text of an account."""
    server = MCPServer("a broker's", log_level="CRITICAL")
    server.add_tool(
        lambda account_id: tell(account_id), name="get_holdings", structured_output=False
    )
    return server


def over(server: MCPServer, *, clock: ManualClock | None = None) -> McpHoldings:
    """Return holdings that ask a server, by the SDK's own client."""

    @asynccontextmanager
    async def connected() -> AsyncIterator[Client]:
        async with Client(server) as client:
            yield client

    return McpHoldings(
        connect=connected, clock=clock or ManualClock(datetime(2026, 1, 1, tzinfo=UTC))
    )


def telling(**told: Any) -> McpHoldings:
    """Return holdings of a server that tells these things of every account."""
    return over(server_of(lambda _: json.dumps({**GOOD, **told})))


class TestMcpHoldings(HoldingsContract):
    @pytest.fixture
    def held(self) -> Held:
        def tell(account_id: str) -> str:
            if account_id == str(ACCOUNT):
                return json.dumps(GOOD)
            if account_id == str(UNKNOWN):
                return json.dumps({**GOOD, "total_value": None})
            raise ToolError("no such account")

        return held_over(over(server_of(tell)))


async def told_by(holdings: Any, *, account_id: UUID = ACCOUNT) -> Holding | HoldingUnknown:
    """Ask for AAPL of an account."""
    found: Holding | HoldingUnknown = await holdings.of(
        tenant_id=TENANT, account_id=account_id, symbol="AAPL"
    )
    return found


@pytest.mark.parametrize(
    ("told", "power"),
    [
        ({}, 900),
        ({"buying_power": "250.5"}, "250.5"),
        ({"buying_power": 250}, 250),
        ({"buying_power": "-3"}, 0),
        ({"positions": [{"symbol": "AAPL", "quantity": 2, "market_value": -300}]}, 700),
        ({"positions": [{"symbol": "AAPL", "quantity": 2, "market_value": 3000}]}, 0),
        ({"positions": [], "total_value": 12.5}, "12.5"),
        ({"account_id": str(ACCOUNT), "currency": "USD"}, 900),
    ],
)
async def test_power_is_what_is_told_or_what_no_position_binds(
    told: dict[str, Any], power: Any
) -> None:
    found = await told_by(telling(**told))
    assert isinstance(found, Holding)
    assert found.power == Decimal(power)


LIES: list[tuple[dict[str, Any], str]] = [
    ({"total_value": None}, "total_value"),
    ({"total_value": "NaN"}, "no number"),
    ({"total_value": "Infinity"}, "no number"),
    ({"total_value": "much"}, "total_value"),
    ({"total_value": {}}, "total_value"),
    ({"positions": None}, "positions"),
    ({"positions": [{"symbol": "AAPL"}]}, "quantity"),
    ({"positions": [{"symbol": "AAPL", "quantity": "sNaN"}]}, "no number"),
    ({"positions": [{"symbol": "AAPL", "quantity": 2}]}, "market_value of AAPL"),
    ({"positions": GOOD["positions"] * 2}, "twice"),
    ({"positions": [{"symbol": str(n), "quantity": 0} for n in range(10_001)]}, "10000"),
    ({"buying_power": None}, "buying power"),
    ({"buying_power": "NaN"}, "no number"),
    ({"account_id": str(ELSEWHERE)}, "another account"),
]


@pytest.mark.parametrize(("told", "said"), LIES)
async def test_what_cannot_be_is_no_figure(told: dict[str, Any], said: str) -> None:
    found = await told_by(telling(**told))
    assert isinstance(found, HoldingUnknown)
    assert said in found.problem


@pytest.mark.parametrize("text", ["", "[]", "holdings", '{"total_value": 1}'])
async def test_what_is_no_holdings_is_no_figure(text: str) -> None:
    found = await told_by(over(server_of(lambda _: text)))
    assert isinstance(found, HoldingUnknown)
    assert "tells no holdings" in found.problem


async def test_a_server_without_the_tool_is_no_figure() -> None:
    found = await told_by(over(MCPServer("another's", log_level="CRITICAL")))
    assert isinstance(found, HoldingUnknown)


async def test_after_five_failures_nobody_is_asked_for_a_while() -> None:
    clock = ManualClock(datetime(2026, 1, 1, tzinfo=UTC))
    asked = 0

    def away() -> AbstractAsyncContextManager[Client]:
        nonlocal asked
        asked += 1
        raise ConnectionRefusedError

    holdings = McpHoldings(connect=away, clock=clock)
    for _ in range(FAILURES_MAX):
        found = await told_by(holdings)
        assert isinstance(found, HoldingUnknown)
        assert "ConnectionRefusedError" in found.problem
    clock.advance(OPEN_S - 0.1)
    assert isinstance(await told_by(holdings), HoldingUnknown)
    assert asked == FAILURES_MAX
    clock.advance(0.2)
    await told_by(holdings)
    assert asked == FAILURES_MAX + 1


async def test_an_answer_between_failures_begins_the_count_anew() -> None:
    fails = True
    good = over(server_of(lambda _: json.dumps(GOOD)))

    @asynccontextmanager
    async def now_and_then() -> AsyncIterator[Client]:
        if fails:
            raise ConnectionRefusedError
        async with good._connect() as client:
            yield client

    clock = ManualClock(datetime(2026, 1, 1, tzinfo=UTC))
    holdings = McpHoldings(connect=now_and_then, clock=clock)
    for fails in (*[True] * (FAILURES_MAX - 1), False, *[True] * (FAILURES_MAX - 1), False):
        found = await told_by(holdings)
        assert isinstance(found, HoldingUnknown) is fails


async def test_who_watches_is_told_of_figures_and_of_why_there_are_none() -> None:
    told: list[str] = []
    texts = iter([json.dumps(GOOD), "[]", json.dumps(GOOD)])
    good = over(server_of(lambda _: next(texts)))
    holdings = McpHoldings(connect=good._connect, clock=good._clock, on_state=told.append)
    for _ in range(3):
        await told_by(holdings)
    assert (told[0], told[2]) == ("", "")
    assert "tells no holdings" in told[1]


async def test_another_tenants_accounts_are_told_by_our_own_books() -> None:
    own = in_memory()
    other = UUID(int=9)
    own.accounts[other, UUID(int=10)] = KnownAccount(equity=Decimal(5), power=Decimal(5))
    told = telling(total_value="7000", buying_power="7")
    both = ToldHoldings(tenant_id=TENANT, told=told, own=own)
    found = await told_by(both)
    assert isinstance(found, Holding)
    assert found.equity == Decimal(7_000)
    theirs = await both.of(tenant_id=other, account_id=UUID(int=10), symbol="AAPL")
    assert theirs == Holding(equity=Decimal(5), power=Decimal(5), held=Decimal(0))
    # So do our orders say what is being sold, and nothing is sized where they are not known.
    account = own.accounts[TENANT, ACCOUNT]
    own.accounts[TENANT, ACCOUNT] = replace(account, selling={"AAPL": Decimal(1)})
    assert await told_by(both) == replace(found, selling=Decimal(1))
    own.accounts[TENANT, ACCOUNT] = replace(account, problem="no price of AAPL")
    assert isinstance(await told_by(both), HoldingUnknown)
    # Whose account it is our books say: nobody elsewhere is asked about one that is not here.
    with pytest.raises(Absent):
        await told_by(both, account_id=UUID(int=10))
