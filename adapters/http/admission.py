"""Let in who may come in: whoever has a token, and anyone to what is open."""

import asyncio
from collections.abc import Mapping
from typing import Any, Protocol

import structlog
from litestar.types import HTTPScope

from adapters.http.cors import Headers
from adapters.http.once import joined
from adapters.http.open_paths import METRICS, OPEN_FOLDERS, OPEN_PATHS
from adapters.http.paths import is_plain
from adapters.http.problem_kinds import INVALID, UNAUTHORIZED
from adapters.http.problems import Problem, absent, defect, problem_of, unauthorized
from adapters.http.rates import RouteRates
from adapters.http.settings import HttpSettings
from adapters.http.wire import AGAIN, SIGNED
from domain.identity.tenant import Principal
from ports.storage import StorageUnavailable

log = structlog.get_logger(__name__)

# A stop is asked here. It must not wait for storage that hangs.
STOP_PATH = "/api/v1/kill-switch/activate"
STOP_ASKS_S = 1.0
_OF_STRANGERS = (UNAUTHORIZED.status, INVALID.status)


class Authenticates(Protocol):
    """Who tells whose token it is."""

    async def __call__(self, token: str) -> Principal:
        """Return who a token names; raises InvalidToken, StorageUnavailable."""
        ...

    async def signed(self, token: str) -> Principal:
        """Return who a token names, with the rights that it says itself; raises InvalidToken."""
        ...

    def is_guess(self, token: str) -> bool:
        """Tell whether storage would be asked for a token that may be nobody's."""
        ...


class Admission:
    """Finds out who asks, and whether they ask too much, before anything else is done."""

    def __init__(
        self, *, authenticate: Authenticates, rates: RouteRates, settings: HttpSettings
    ) -> None:
        self._authenticate = authenticate
        self._rates = rates
        self._open = OPEN_PATHS | ({METRICS} if settings.metrics_public else frozenset())

    async def admit(
        self, scope: HTTPScope, *, headers: Mapping[bytes, bytes]
    ) -> tuple[Problem | None, Headers]:
        """Put the principal into the state, or return why the request stops here.

        The headers say how much more may be asked.
        """
        path = scope["path"]
        if not is_plain(scope):
            too_many, told = await self._rates.stranger(scope)
            return too_many or absent("no such route: write the path plainly"), told
        if path in self._open or path.startswith(OPEN_FOLDERS):
            return await self._rates.anyone(scope)
        state = scope["state"]
        problem = await self._know(headers, scope=scope)
        if problem is None:
            return await self._rates.principal(scope, who=state["principal"].user_id)
        if problem.status not in _OF_STRANGERS:
            return problem, ()
        too_many, told = await self._rates.stranger(scope)
        return too_many or problem, told

    async def _know(self, headers: Mapping[bytes, bytes], *, scope: HTTPScope) -> Problem | None:
        state: dict[str, Any] = scope["state"]
        token = bearer(headers)
        if isinstance(token, Problem):
            return token
        state[AGAIN] = self._authenticate
        try:
            if self._authenticate.is_guess(token):
                with self._rates.guess(scope):
                    state["principal"] = await self._authenticate(token)
            elif stops(scope):
                await self._know_who_stops(token, state)
            else:
                state["principal"] = await self._authenticate(token)
        except Exception as error:
            problem = problem_of(error)
            if problem is None:
                log.exception("http.authentication_failed")
            return problem or defect()
        state["token"] = token
        return None

    async def _know_who_stops(self, token: str, state: dict[str, Any]) -> None:
        """Know who stops trading, by what the token says where storage does not answer in time."""
        try:
            async with asyncio.timeout(STOP_ASKS_S):
                state["principal"] = await self._authenticate(token)
        except (StorageUnavailable, TimeoutError):
            state["principal"] = await self._authenticate.signed(token)
            state[AGAIN], state[SIGNED] = self._authenticate.signed, True


def stops(scope: HTTPScope) -> bool:
    """Tell whether a request asks for a stop."""
    return scope["path"].rstrip("/") == STOP_PATH and scope["method"] == "POST"


def bearer(headers: Mapping[bytes, bytes]) -> str | Problem:
    """Return the token of the Authorization header, or what is wrong with it."""
    given = headers.get(b"authorization")
    if given is None:
        return unauthorized("this needs an Authorization header: Bearer <token>")
    scheme, _, token = given.decode("latin-1").partition(" ")
    token = token.strip()
    if scheme.lower() != "bearer" or not token:
        return unauthorized("the Authorization header must read: Bearer <token>")
    if "," in token:
        return joined()
    return token
