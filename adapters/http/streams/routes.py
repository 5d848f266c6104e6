"""Route tickets for WebSockets."""

import msgspec
from litestar import Router, post

from adapters.http.documented import described
from adapters.http.streams.server import PATH
from adapters.http.wire import Answer, HttpRequest, answer
from ports.tickets import TICKET_S, Tickets


class TicketView(msgspec.Struct):
    """A ticket, good for one connection within expires_in seconds."""

    ticket: str
    expires_in: int
    url: str


def stream_routes(tickets: Tickets) -> Router:
    """Return POST /api/v1/ws/ticket."""

    @post(
        "/ticket",
        **described("Get a single-use ticket for /ws/v1", answers={201: TicketView}),
    )
    async def ticket(request: HttpRequest) -> Answer:
        token: str = request.scope["state"]["token"]
        issued = await tickets.issue(token)
        view = TicketView(ticket=issued, expires_in=int(TICKET_S), url=f"{PATH}?ticket={issued}")
        return answer(view, status=201)

    return Router(path="/api/v1/ws", tags=["streams"], route_handlers=[ticket])
