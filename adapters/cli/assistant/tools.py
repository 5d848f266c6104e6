"""Read for an assistant what the server shows a user: each function is a tool of `ballast mcp`.

All ask by GET: rights, tenancy and what is recorded of a reader are the server's.
"""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from adapters.cli.client import Server
from adapters.cli.failures import CommandFailed
from domain.shared.values import InvalidValue, checked_symbol

SYMBOLS_MAX = 50
SIGNALS_MAX = 200


def holdings(server: Server, *, account_id: str | None) -> dict[str, Any]:
    """Return what an account is worth in all, and its positions."""
    account = _account(server, account_id)
    shown = server.get(f"/accounts/{account}")
    held = server.get(f"/accounts/{account}/positions")["items"]
    return {
        "account_id": account,
        "currency": shown["currency"],
        "as_of": shown["as_of"],
        "total_value": shown["equity"],
        "cash": shown["cash"],
        "buying_power": shown["buying_power"],
        # A symbol without a price, for which there is no total.
        "unpriced": shown["unpriced"],
        "positions": [
            {name: one[name] for name in ("symbol", "quantity", "price", "market_value")}
            for one in held
        ],
    }


def positions(server: Server, *, account_id: str | None) -> dict[str, Any]:
    """Return an account's positions with their cost and profit."""
    account = _account(server, account_id)
    found = server.get(f"/accounts/{account}/positions")
    return {"account_id": account, "positions": found["items"]}


def quotes(server: Server, *, symbols: Sequence[str]) -> dict[str, Any]:
    """Return the latest quote of each symbol, and what was wrong with those that have none."""
    if not 1 <= len(symbols) <= SYMBOLS_MAX:
        raise CommandFailed(f"symbols must be 1 to {SYMBOLS_MAX}, not {len(symbols)}")
    found, problems = [], {}
    for one in symbols:
        try:
            told = server.get("/market/quotes", symbol=_symbol(one))["items"]
        except CommandFailed as problem:
            problems[one] = str(problem)
            continue
        found += told
        if not told:
            problems[one] = "there is no quote of it yet"
    if not found:
        raise CommandFailed("\n".join(f"{one}: {said}" for one, said in problems.items()))
    return {"quotes": found, "problems": problems}


def signals(
    server: Server, *, symbol: str | None, min_score: str | None, limit: int, cursor: str | None
) -> dict[str, Any]:
    """Return a page of signals, newest first."""
    if not 1 <= limit <= SIGNALS_MAX:
        raise CommandFailed(f"limit must be 1 to {SIGNALS_MAX}, not {limit}")
    asked = {"symbol": None if symbol is None else symbol.upper(), "min_score": min_score}
    found = server.get("/signals", limit=limit, cursor=cursor, **asked)
    return {"signals": found["items"], "next_cursor": found["next_cursor"]}


def sentiment(server: Server, *, symbol: str) -> dict[str, Any]:
    """Return the tone of what was written of a symbol."""
    asked = _symbol(symbol)
    if "/" in asked:
        # It would lead to another path of the server.
        raise CommandFailed(f"{asked!r}: symbol must hold no / where sentiment is asked for")
    found: dict[str, Any] = server.get(f"/sentiment/{asked}")
    return found


def _account(server: Server, given: str | None) -> str:
    if given is None:
        found = server.get("/accounts")["items"]
        if len(found) == 1:
            return str(found[0]["id"])
        ids = "".join(f"\n  {one['id']}  {one['name']}" for one in found)
        raise CommandFailed(f"there are {len(found)} accounts: name one by account_id{ids}")
    try:
        return str(UUID(given))
    except ValueError:
        raise CommandFailed(f"account_id must be an account's id, not {given[:64]!r}") from None


def _symbol(given: str) -> str:
    """Return a symbol as the server writes it; raises CommandFailed for what is none."""
    try:
        return checked_symbol(given.strip().upper())
    except InvalidValue as problem:
        raise CommandFailed(f"{given[:64]!r}: {problem}") from None
