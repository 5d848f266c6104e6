"""Route tickets for WebSockets."""

import msgspec
from litestar import Router, post

from adapters.http.documented import described
from adapters.http.streams.server import PATH
from adapters.http.streams.tickets import Session, Tickets
from adapters.http.wire import Answer, HttpRequest, answer, principal_of


class TicketView(msgspec.Struct):
    """A ticket, good for one connection within expires_in seconds."""

    ticket: str
    expires_in: int
    url: str


def stream_routes(tickets: Tickets, *, lasts_s: float) -> Router:
    """Return POST /api/v1/ws/ticket."""

    @post(
        "/ticket",
        **described("Get a single-use ticket for /ws/v1", answers={201: TicketView}),
    )
    async def ticket(request: HttpRequest) -> Answer:
        token: str = request.scope["state"]["token"]
        issued = tickets.issue(Session(principal=principal_of(request), token=token))
        view = TicketView(ticket=issued, expires_in=int(lasts_s), url=f"{PATH}?ticket={issued}")
        return answer(view, status=201)

    return Router(path="/api/v1/ws", tags=["streams"], route_handlers=[ticket])
