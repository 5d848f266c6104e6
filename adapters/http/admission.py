"""Let in who may come in: whoever has a token, and anyone to what is open."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import structlog
from litestar.types import HTTPScope

from adapters.http.cors import Headers
from adapters.http.open_paths import METRICS, OPEN_FOLDERS, OPEN_PATHS
from adapters.http.problem_kinds import UNAUTHORIZED
from adapters.http.problems import Problem, defect, problem_of, unauthorized
from adapters.http.rates import RouteRates
from adapters.http.settings import HttpSettings
from domain.identity.tenant import Principal

log = structlog.get_logger(__name__)

Authenticate = Callable[[str], Awaitable[Principal]]


class Admission:
    """Finds out who asks, and whether they ask too much, before anything else is done."""

    def __init__(
        self, *, authenticate: Authenticate, rates: RouteRates, settings: HttpSettings
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
        if path in self._open or path.startswith(OPEN_FOLDERS):
            return await self._rates.anyone(scope)
        state = scope["state"]
        problem = await self._know(headers, state=state)
        if problem is None:
            return await self._rates.principal(scope, who=state["principal"].user_id)
        if problem.status != UNAUTHORIZED.status:
            return problem, ()
        too_many, told = await self._rates.stranger(scope)
        return too_many or problem, told

    async def _know(
        self, headers: Mapping[bytes, bytes], *, state: dict[str, Any]
    ) -> Problem | None:
        token = bearer(headers)
        if isinstance(token, Problem):
            return token
        try:
            state["principal"] = await self._authenticate(token)
        except Exception as error:
            problem = problem_of(error)
            if problem is None:
                log.exception("http.authentication_failed")
            return problem or defect()
        state["token"] = token
        return None


def bearer(headers: Mapping[bytes, bytes]) -> str | Problem:
    """Return the token of the Authorization header, or what is wrong with it."""
    given = headers.get(b"authorization")
    if given is None:
        return unauthorized("this needs an Authorization header: Bearer <token>")
    scheme, _, token = given.decode("latin-1").partition(" ")
    token = token.strip()
    if scheme.lower() != "bearer" or not token:
        return unauthorized("the Authorization header must read: Bearer <token>")
    return token
