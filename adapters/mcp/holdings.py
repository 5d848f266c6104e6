"""Ask an MCP server what an account holds."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from decimal import Decimal
from uuid import UUID

import httpx2
import msgspec
from mcp import Client
from mcp.client.streamable_http import streamable_http_client
from mcp.types import CallToolResult, TextContent

from domain.shared.breaker import Breaker
from domain.shared.values import ZERO
from ports.holdings import Holding, HoldingUnknown
from ports.time import Clock

TOOL = "get_holdings"
TIMEOUT_S = 5.0
POSITIONS_MAX = 10_000

Connect = Callable[[], AbstractAsyncContextManager[Client]]


class _Position(msgspec.Struct):
    symbol: str
    quantity: Decimal
    market_value: Decimal | None = None


class _Told(msgspec.Struct):
    total_value: Decimal | None
    positions: list[_Position]
    # None is that nothing may be bought; one who leaves it out says nothing of it.
    buying_power: Decimal | msgspec.UnsetType | None = msgspec.UNSET
    account_id: str | msgspec.UnsetType | None = msgspec.UNSET


_TOLD = msgspec.json.Decoder(_Told)


def connect_to(url: str, *, token: str | None) -> Connect:
    """Return what speaks to the server at an address, as the holder of a token."""
    headers = {} if token is None else {"authorization": f"Bearer {token}"}

    @asynccontextmanager
    async def connected() -> AsyncIterator[Client]:
        async with (
            # No proxy of the environment sees the token.
            httpx2.AsyncClient(headers=headers, timeout=TIMEOUT_S, trust_env=False) as http,
            Client(streamable_http_client(url, http_client=http)) as client,
        ):
            yield client

    return connected


class McpHoldings:
    """What the tool get_holdings of an MCP server tells (port Holdings).

    It is asked each time, and waited for 5 s. After 5 failures in a row nobody is asked for 30 s.
    What it tells is taken whole or not at all.
    """

    def __init__(
        self, *, connect: Connect, clock: Clock, on_state: Callable[[str], None] | None = None
    ) -> None:
        """on_state is told "" after each figure, and otherwise why there was none."""
        self._connect = connect
        self._clock = clock
        self._on_state = on_state
        self._breaker = Breaker()

    async def of(
        self, *, tenant_id: UUID, account_id: UUID, symbol: str
    ) -> Holding | HoldingUnknown:
        """Return the account's figures as they are told, or why there are none."""
        if self._breaker.is_open(now_s=self._clock.monotonic()):
            return HoldingUnknown("the MCP server of holdings failed again and again: it rests")
        try:
            async with asyncio.timeout(TIMEOUT_S), self._connect() as client:
                result = await client.call_tool(TOOL, {"account_id": str(account_id)})
        # Whatever its libraries raise: nothing was told.
        except Exception as problem:  # noqa: BLE001
            return self._failed(problem)
        self._breaker.succeeded()
        found = _read(result, account_id=account_id, symbol=symbol)
        self._tell(found.problem if isinstance(found, HoldingUnknown) else "")
        return found

    def _failed(self, problem: Exception) -> HoldingUnknown:
        self._breaker.failed(now_s=self._clock.monotonic())
        told = f"the MCP server of holdings gave no answer: {type(problem).__name__}"
        self._tell(told)
        return HoldingUnknown(told)

    def _tell(self, problem: str) -> None:
        if self._on_state is not None:
            self._on_state(problem)


def _read(result: CallToolResult, *, account_id: UUID, symbol: str) -> Holding | HoldingUnknown:
    text = "".join(one.text for one in result.content if isinstance(one, TextContent))
    if result.is_error:
        return HoldingUnknown(f"the MCP server of holdings refuses: {text[:200]}")
    try:
        told = _TOLD.decode(text)
    except msgspec.MsgspecError as problem:
        return HoldingUnknown(f"the MCP server of holdings tells no holdings: {problem}")
    wrong = _wrong(told, account_id=account_id)
    if wrong or told.total_value is None:
        return HoldingUnknown(f"the MCP server of holdings {wrong or 'tells no total_value'}")
    power = _power(told, equity=told.total_value)
    if isinstance(power, HoldingUnknown):
        return power
    held = sum((one.quantity for one in told.positions if one.symbol == symbol), ZERO)
    return Holding(equity=told.total_value, power=power, held=held)


def _wrong(told: _Told, *, account_id: UUID) -> str:
    if isinstance(told.account_id, str) and told.account_id != str(account_id):
        return "tells of another account"
    if len(told.positions) > POSITIONS_MAX:
        return f"tells more than {POSITIONS_MAX} positions"
    symbols = [one.symbol for one in told.positions]
    if len(set(symbols)) < len(symbols):
        return "tells a symbol twice"
    figures = [told.total_value, told.buying_power]
    figures += [figure for one in told.positions for figure in (one.quantity, one.market_value)]
    if not all(one.is_finite() for one in figures if isinstance(one, Decimal)):
        return "tells a figure that is no number"
    return ""


def _power(told: _Told, *, equity: Decimal) -> Decimal | HoldingUnknown:
    """Return what may be bought: as it is told, else what no position binds."""
    if told.buying_power is None:
        return HoldingUnknown("the MCP server of holdings tells that no buying power is known")
    if isinstance(told.buying_power, Decimal):
        return max(told.buying_power, ZERO)
    bound = ZERO
    for one in told.positions:
        if one.market_value is None and one.quantity:
            problem = f"tells neither buying_power nor market_value of {one.symbol[:32]}"
            return HoldingUnknown(f"the MCP server of holdings {problem}")
        bound += abs(one.market_value or ZERO)
    return max(equity - bound, ZERO)
