"""Offer the tools by the Model Context Protocol (modelcontextprotocol.io), with its own SDK."""

from collections.abc import Callable
from importlib.metadata import version
from typing import Any

from mcp.server.mcpserver import Context, MCPServer
from mcp.server.mcpserver.exceptions import ToolError
from mcp.types import ToolAnnotations
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from adapters.cli.assistant import tools
from adapters.cli.client import Server
from adapters.cli.failures import CommandFailed

# Of the request's Authorization header, None where there is none, the server as its caller.
Caller = Callable[[str | None], Server]

INSTRUCTIONS = (
    "What a user of Ballast may see: holdings, positions, quotes, signals and sentiment. Nothing"
    " can be changed or ordered here. Amounts are decimal numbers written as text."
)
READS = ToolAnnotations(read_only_hint=True, open_world_hint=False)


def build_server(caller: Caller) -> MCPServer:
    """Return a server of the tools, each of which asks as its caller."""
    server = MCPServer(
        "ballast", instructions=INSTRUCTIONS, version=version("ballast"), log_level="WARNING"
    )

    def ask(context: Context, what: Callable[[Server], dict[str, Any]]) -> dict[str, Any]:
        try:
            return what(caller((context.headers or {}).get("authorization")))
        except CommandFailed as problem:
            raise ToolError(str(problem)) from None

    def get_holdings(context: Context, account_id: str | None = None) -> dict[str, Any]:
        """Tell an account's total value, cash, buying power and positions at the latest prices.

        account_id may be left out where the user has one account. total_value is null where a
        position has no price; `unpriced` names it.
        """
        return ask(context, lambda one: tools.holdings(one, account_id=account_id))

    def get_positions(context: Context, account_id: str | None = None) -> dict[str, Any]:
        """List an account's positions: quantity, average cost, price, worth, profit so far.

        account_id may be left out where the user has one account.
        """
        return ask(context, lambda one: tools.positions(one, account_id=account_id))

    def get_quotes(context: Context, symbols: list[str]) -> dict[str, Any]:
        """Tell the latest bid, ask and last price of 1 to 50 symbols, such as AAPL.

        `problems` says of each symbol without a quote why it has none.
        """
        return ask(context, lambda one: tools.quotes(one, symbols=symbols))

    def get_signals(
        context: Context,
        symbol: str | None = None,
        min_score: str | None = None,
        limit: int = 50,
        cursor: str | None = None,
    ) -> dict[str, Any]:
        """List trading signals, newest first, of all symbols or of one.

        min_score is the least strength either way, 0 to 1. next_cursor asks for the next page.
        """
        return ask(
            context,
            lambda one: tools.signals(
                one, symbol=symbol, min_score=min_score, limit=limit, cursor=cursor
            ),
        )

    def get_sentiment(context: Context, symbol: str) -> dict[str, Any]:
        """Tell the tone of what was written of a symbol, -1 to 1, with its latest texts."""
        return ask(context, lambda one: tools.sentiment(one, symbol=symbol))

    for tool in (get_holdings, get_positions, get_quotes, get_signals, get_sentiment):
        server.add_tool(tool, annotations=READS)
    server.custom_route("/health", methods=["GET"])(_health)
    return server


async def _health(_: Request) -> Response:
    return PlainTextResponse("healthy\n")
