"""Say whose notifications are asked for: one's own."""

from adapters.http.wire import HttpRequest, principal_of, trace_of
from application.shared.asker import Asker


def by_of(request: HttpRequest) -> Asker:
    """Return who asks, as the person that they are."""
    principal = principal_of(request)
    return Asker(
        tenant_id=principal.tenant_id,
        actor=principal.actor,
        trace_id=trace_of(request),
        user_id=principal.user_id,
    )
