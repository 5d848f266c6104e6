"""Say who asks and from where."""

from adapters.http.clients import client_of
from adapters.http.wire import HttpRequest, principal_of, trace_of
from application.identity.deps import Asking
from domain.identity.session import Visitor


def visitor_of(request: HttpRequest) -> Visitor:
    """Return from where somebody asks."""
    user_agent = ""
    for name, value in request.scope["headers"]:
        if name == b"user-agent":
            user_agent = "".join(
                letter for letter in value.decode("latin-1") if letter.isprintable()
            )
    return Visitor(ip=client_of(request.scope), user_agent=user_agent)


def asking_of(request: HttpRequest) -> Asking:
    """Return who asks, from where, under which trace."""
    return Asking(
        principal=principal_of(request), visitor=visitor_of(request), trace_id=trace_of(request)
    )
