"""Say who asks and from where."""

from adapters.http.wire import HttpRequest, principal_of, trace_of
from application.identity.deps import Asking
from domain.identity.session import Visitor


def client_ip(request: HttpRequest) -> str:
    """Return the address that the connection comes from, empty when there is none.

    The one place to change once proxies are trusted.
    """
    client = request.scope.get("client")
    return str(client[0]) if client else ""


def visitor_of(request: HttpRequest) -> Visitor:
    """Return from where somebody asks."""
    user_agent = ""
    for name, value in request.scope["headers"]:
        if name == b"user-agent":
            user_agent = "".join(
                letter for letter in value.decode("latin-1") if letter.isprintable()
            )
    return Visitor(ip=client_ip(request), user_agent=user_agent)


def asking_of(request: HttpRequest) -> Asking:
    """Return who asks, from where, under which trace."""
    return Asking(
        principal=principal_of(request), visitor=visitor_of(request), trace_id=trace_of(request)
    )
