"""Ask a server over HTTP and go on asking through its deaths, as a careful client does."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from types import TracebackType
from typing import Any, Self

import httpx

ANSWER_S = 5.0
GIVE_UP_S = 180.0
QUOTES = {"IBM": Decimal(98), "MSFT": Decimal(27), "AAPL": Decimal(64)}


def marketable(symbol: str, side: str) -> dict[str, str]:
    """Give the type and price of a limit order that fills at the venue's quote.

    A market order that comes while the market is closed waits for the open; a limit goes out.
    """
    price = QUOTES[symbol] * (104 if side == "buy" else 96) / 100
    return {"type": "limit", "limit_price": str(round(price, 2))}


class NoAnswer(Exception):
    """The server did not answer in all the time that it had."""


@dataclass(slots=True, kw_only=True)
class Context:
    """A client of one server; `ask` repeats a request until it is answered."""

    url: str
    token: str
    answer_s: float = ANSWER_S
    _http: httpx.AsyncClient = field(init=False)
    repeats: int = 0

    def __post_init__(self) -> None:
        self._http = httpx.AsyncClient(
            base_url=self.url,
            headers={"Authorization": f"Bearer {self.token}"},
            timeout=self.answer_s,
            trust_env=False,
            limits=httpx.Limits(max_connections=128, max_keepalive_connections=128),
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._http.aclose()

    async def once(
        self, method: str, path: str, *, body: Any = None, key: str | None = None
    ) -> httpx.Response:
        """Ask once; raises httpx.HTTPError when there is no answer."""
        headers = {"Idempotency-Key": key} if key is not None else {}
        return await self._http.request(method, path, json=body, headers=headers)

    async def ask(
        self, method: str, path: str, *, body: Any = None, key: str | None = None
    ) -> httpx.Response:
        """Ask until there is an answer that is not "unavailable" or "in flight"."""
        last = "nothing"
        try:
            async with asyncio.timeout(GIVE_UP_S):
                while True:
                    try:
                        reply = await self.once(method, path, body=body, key=key)
                        if reply.status_code not in (429, 503) and not _in_flight(reply):
                            return reply
                        last = f"{reply.status_code} {reply.text}"
                    except httpx.HTTPError as problem:
                        last = repr(problem)
                    self.repeats += 1
                    await asyncio.sleep(0.1)
        except TimeoutError:
            raise NoAnswer(f"{method} {path}: for {GIVE_UP_S:.0f} s, at last {last}") from None

    async def read(self, path: str, **parameters: str) -> Any:
        """Return the JSON of a GET that succeeds."""
        query = str(httpx.QueryParams(parameters))
        reply = await self.ask("GET", f"{path}?{query}" if query else path)
        if reply.status_code != httpx.codes.OK:
            raise NoAnswer(f"GET {path}: {reply.status_code} {reply.text}")
        return reply.json()

    async def all(self, path: str, **parameters: str) -> list[dict[str, Any]]:
        """Return every item of a list, page by page."""
        items: list[dict[str, Any]] = []
        cursor: Mapping[str, str] = {}
        while True:
            page = await self.read(path, limit="200", **parameters, **cursor)
            items += page["items"]
            if page["next_cursor"] is None:
                return items
            cursor = {"cursor": page["next_cursor"]}

    async def done(self, method: str, path: str, body: Any, *, key: str | None = None) -> Any:
        """Return the JSON of a change that must succeed."""
        reply = await self.ask(method, path, body=body, key=key)
        if not reply.is_success:
            raise NoAnswer(f"{method} {path}: {reply.status_code} {reply.text}")
        return reply.json() if reply.content else None

    async def open_account(self, name: str, *, funds: str = "1000000") -> str:
        """Open and fund an account, once whatever happens, and return its id."""
        portfolios = await self.read("/api/v1/portfolios")
        account = await self.done(
            "POST",
            "/api/v1/accounts",
            {"portfolio_id": portfolios["items"][0]["id"], "name": name},
            key=f"open {name}",
        )
        deposit = {"amount": funds, "reference": f"funds of {name}"}
        await self.done("POST", f"/api/v1/accounts/{account['id']}/deposits", deposit)
        return str(account["id"])

    async def drop_rules(self, *types: str) -> None:
        """Delete the tenant's rules of these types, or all of them when none is named."""
        for rule in (await self.read("/api/v1/risk-rules"))["items"]:
            if not types or rule["rule_type"] in types:
                await self.done("DELETE", f"/api/v1/risk-rules/{rule['id']}?reason=room", None)


def _in_flight(reply: httpx.Response) -> bool:
    return reply.status_code == httpx.codes.CONFLICT and b"/problems/in-flight" in reply.content
