"""Tell the audit trail of requests that were not allowed."""

from collections.abc import Awaitable, Callable

import structlog
from litestar.types import HTTPScope

from adapters.http.permissions import REFUSED
from application.identity.access import AccessUseCases
from application.identity.access_commands import By

log = structlog.get_logger(__name__)


def refusal_recorder(access: AccessUseCases) -> Callable[[HTTPScope], Awaitable[None]]:
    """Return what records why a request was turned away; it never fails."""

    async def record(scope: HTTPScope) -> None:
        state = scope["state"]
        permission, account_id = state[REFUSED]
        try:
            await access.refused(
                by=By(principal=state["principal"], trace_id=state["trace_id"]),
                permission=permission,
                account_id=account_id,
                place=f"{scope['method']} {scope.get('path_template') or scope['path'][:200]}",
            )
        # The refusal stands and was told; only its trace is missing.
        except Exception:
            log.exception("access.refusal_not_recorded", permission=permission)

    return record
