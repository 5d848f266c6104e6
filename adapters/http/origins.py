"""Say where a request came from, for the audit trail."""

from collections.abc import Mapping

from litestar.types import HTTPScope

from adapters.http.clients import client_of
from domain.audit.origin import Origin, plain_agent
from domain.identity.tenant import Principal


def origin_of(scope: HTTPScope, headers: Mapping[bytes, bytes]) -> Origin:
    """Return the principal's session, the client's address, and what its program calls itself."""
    agent = headers.get(b"user-agent")
    principal: Principal | None = scope["state"].get("principal")
    return Origin(
        # Of a token without a session there is nothing to say.
        session_id=principal.session_id if principal is not None else None,
        ip=client_of(scope),
        user_agent=plain_agent(agent.decode("latin-1")) if agent is not None else "",
    )
