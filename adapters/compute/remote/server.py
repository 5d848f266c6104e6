"""Ask a server over HTTP: within 5 s, once, and not at all while it fails again and again."""

import asyncio
import ssl
from collections.abc import Callable
from pathlib import Path

import httpx

from domain.shared.breaker import Breaker
from ports.time import Clock

TIMEOUT_S = 5.0
ANSWER_BYTES_MAX = 64 * 2**20
_CONNECT_S = 2.0
_SHOWN_MAX = 300
# What says of the server that it is not well, and not of the question.
_UNWELL = frozenset({401, 403, 408})


class Unanswered(Exception):
    """The server gave no answer that could be used; the message says why."""


class Overdue(Unanswered):
    """The server took longer than it may; what was asked may go on there."""


class Refused(Unanswered):
    """The server answered that it will not: the question, or what it serves, is to blame."""

    def __init__(self, problem: str, *, status: int, body: bytes) -> None:
        super().__init__(problem)
        self.status = status
        self.body = body


class RemoteServer:
    """One server by its address; token is drawn with each question, None for none.

    ca: a file in PEM with the authority whose certificates are taken, None for those that this
    machine trusts. After 5 failures in a row it is left alone for 30 s. Nothing is asked a second
    time.
    """

    def __init__(
        self,
        *,
        url: str,
        token: Callable[[], str | None],
        clock: Clock,
        breaker: Breaker,
        ca: Path | None = None,
    ) -> None:
        self._url = url.rstrip("/")
        self._token = token
        self._clock = clock
        self._breaker = breaker
        self._ca = ca
        self._client: httpx.AsyncClient | None = None

    async def get(self, path: str) -> bytes:
        """Return what is there; raises Unanswered."""
        return await self._asked("GET", path, None, timeout_s=TIMEOUT_S)

    async def post(self, path: str, body: bytes, *, timeout_s: float = TIMEOUT_S) -> bytes:
        """Return the answer to a body of JSON; raises Unanswered."""
        return await self._asked("POST", path, body, timeout_s=min(timeout_s, TIMEOUT_S))

    def distrust(self) -> None:
        """Count an answer that came, and was none, as a failure."""
        self._breaker.failed(now_s=self._clock.monotonic())

    async def stop(self) -> None:
        """Close what is open; what is asked later opens anew."""
        if self._client is not None:
            client, self._client = self._client, None
            await client.aclose()

    async def _asked(
        self, method: str, path: str, body: bytes | None, *, timeout_s: float
    ) -> bytes:
        if self._breaker.is_open(now_s=self._clock.monotonic()):
            raise Unanswered("it failed again and again, and is left alone for a while")
        try:
            async with asyncio.timeout(timeout_s):
                status, said = await self._exchange(method, path, body)
        except TimeoutError:
            self.distrust()
            raise Overdue(f"it did not answer within {timeout_s:g} s") from None
        except httpx.ConnectTimeout:
            self.distrust()
            raise Unanswered("it cannot be reached: no connection in time") from None
        except (httpx.HTTPError, httpx.InvalidURL) as problem:
            self.distrust()
            raise Unanswered(f"it gave no answer: {type(problem).__name__}") from None
        if status < 300:
            return said
        if status >= 500 or status in _UNWELL:
            self.distrust()
        else:
            self._breaker.succeeded()
        raise Refused(f"it answers {status}: {_shown(said)}", status=status, body=said)

    async def _exchange(self, method: str, path: str, body: bytes | None) -> tuple[int, bytes]:
        headers = {"content-type": "application/json"} if body is not None else {}
        if (token := self._token()) is not None:
            headers["authorization"] = f"Bearer {token}"
        asked = self._started().stream(method, self._url + path, content=body, headers=headers)
        async with asked as answer:
            said = bytearray()
            async for piece in answer.aiter_bytes():
                said += piece
                if len(said) > ANSWER_BYTES_MAX:
                    raise httpx.DecodingError("the answer is too long")
            return answer.status_code, bytes(said)

    def understood(self) -> None:
        """Count an answer as good."""
        self._breaker.succeeded()

    def _started(self) -> httpx.AsyncClient:
        if self._client is None:
            # No proxy of the environment sees the token; a redirect is no answer.
            self._client = httpx.AsyncClient(
                timeout=httpx.Timeout(TIMEOUT_S, connect=_CONNECT_S),
                verify=True if self._ca is None else ssl.create_default_context(cafile=self._ca),
                trust_env=False,
            )
        return self._client


def _shown(said: bytes) -> str:
    return " ".join(said[:_SHOWN_MAX].decode("utf-8", "replace").split())
