"""Let in who may come in: whoever has a token, and anyone to what is open."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import structlog
from litestar.types import HTTPScope

from adapters.http.open_paths import METRICS, OPEN_FOLDERS, OPEN_PATHS
from adapters.http.problems import Problem, defect, problem_of, unauthorized
from adapters.http.settings import HttpSettings
from domain.identity.tenant import Principal

log = structlog.get_logger(__name__)

Authenticate = Callable[[str], Awaitable[Principal]]


class Admission:
    """Finds out who asks, before anything else is done for them."""

    def __init__(self, *, authenticate: Authenticate, settings: HttpSettings) -> None:
        self._authenticate = authenticate
        self._open = OPEN_PATHS | ({METRICS} if settings.metrics_public else frozenset())

    async def admit(self, scope: HTTPScope, *, headers: Mapping[bytes, bytes]) -> Problem | None:
        """Put the principal into the state, or return why the request stops here."""
        path = scope["path"]
        if path in self._open or path.startswith(OPEN_FOLDERS):
            return None
        return await self._know(headers, state=scope["state"])

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
