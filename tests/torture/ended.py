"""Watch processes end and requests be answered, and say what was wrong with it."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import httpx

from tests.torture.context import ANSWER_S, Context

EXIT_S = 25.0


@dataclass(slots=True, kw_only=True)
class Ended:
    """What the run came to."""

    terms: Counter[str] = field(default_factory=Counter)
    longest_s: dict[str, float] = field(default_factory=dict)
    requests: int = 0
    unavailable: int = 0
    refused: int = 0
    cut_off: int = 0
    orders: int = 0
    commands: int = 0
    events: int = 0
    wrongs: list[str] = field(default_factory=list)

    def describe(self) -> str:
        """Say it in words."""
        terms = ", ".join(
            f"{who} {times} (the longest {self.longest_s[who]:.1f} s)"
            for who, times in self.terms.items()
        )
        return (
            f"SIGTERM: {terms}; {self.requests} requests answered, {self.unavailable} of them 503"
            f" with Retry-After, {self.refused} connections refused, {self.cut_off} closed"
            f" without an answer; {self.orders} orders, {self.commands} commands,"
            f" {self.events} events; {len(self.wrongs)} violations"
        )

    def ended(self, who: str, *, status: int, took_s: float, tail: str) -> None:
        """Count an end, and say what was wrong with it."""
        self.terms[who] += 1
        self.longest_s[who] = max(took_s, self.longest_s.get(who, 0.0))
        if status:
            self.wrongs.append(f"{who} exits with {status} on SIGTERM: {tail[-1500:]}")
        if took_s > EXIT_S:
            self.wrongs.append(f"{who} took {took_s:.1f} s to end on SIGTERM")


@dataclass(slots=True, kw_only=True)
class WatchedContext(Context):
    """A client that goes to another address when one refuses, and looks at every answer.

    Each request has a connection of its own: whoever got one must be answered. On one that is
    kept, a request and its closing may pass each other, which no server can help.
    """

    urls: Sequence[str]
    ended: Ended
    _at: int = 0

    def __post_init__(self) -> None:
        self._http = httpx.AsyncClient(
            headers={"Authorization": f"Bearer {self.token}", "Connection": "close"},
            timeout=2 * ANSWER_S,
            trust_env=False,
            limits=httpx.Limits(max_connections=128, max_keepalive_connections=0),
        )

    async def once(
        self, method: str, path: str, *, body: Any = None, key: str | None = None
    ) -> httpx.Response:
        """Ask once; raises httpx.HTTPError when there is no answer."""
        headers = {"Idempotency-Key": key} if key is not None else {}
        url = f"{self.urls[self._at % len(self.urls)]}{path}"
        try:
            reply = await self._http.request(method, url, json=body, headers=headers)
        except httpx.ConnectError:
            self.ended.refused += 1
            self._at += 1
            raise
        except httpx.HTTPError as problem:
            self.ended.cut_off += 1
            self.ended.wrongs.append(f"{method} {url} was not answered: {problem!r}")
            self._at += 1
            raise
        self.ended.requests += 1
        if reply.status_code >= httpx.codes.INTERNAL_SERVER_ERROR:
            told = reply.headers.get("Retry-After")
            if reply.status_code == httpx.codes.SERVICE_UNAVAILABLE and told is not None:
                self.ended.unavailable += 1
                self._at += 1
            else:
                self.ended.wrongs.append(f"{method} {path}: {reply.status_code} {reply.text[:200]}")
        return reply
