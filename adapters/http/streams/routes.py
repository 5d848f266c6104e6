"""Route tickets for WebSockets."""

import dataclasses
import math

import msgspec
from litestar import post

from adapters.http.area import AreaRoutes
from adapters.http.documented import described
from adapters.http.problem_kinds import TOO_MANY
from adapters.http.problems import later
from adapters.http.streams.protocols import PROTOCOL, TICKET
from adapters.http.streams.server import PATH
from adapters.http.wire import Answer, HttpRequest, answer, principal_of
from domain.identity.access import NOTHING, Permission
from ports.rate_limits import RateLimit, RateLimits
from ports.tickets import Session, Tickets

# One a second for each user; many tabs may come back at once after a restart.
TICKET_RATE = RateLimit(name="ws-tickets", per_s=1.0, burst=120)


class TicketView(msgspec.Struct):
    """A ticket, good for one connection within expires_in seconds.

    protocols is what to offer in Sec-WebSocket-Protocol at /ws/v1 (of a browser's WebSocket the
    second argument); url holds the ticket for clients that cannot, and is best kept out of logs.
    """

    ticket: str
    expires_in: int
    url: str
    protocols: list[str]


def stream_routes(tickets: Tickets, *, limits: RateLimits, lasts_s: float) -> AreaRoutes:
    """Return POST /api/v1/ws/ticket."""

    @post(
        "/ticket",
        **described(
            "Get a single-use ticket for /ws/v1",
            permission=Permission.IDENTITY_SELF,
            answers={201: TicketView},
            problems=(429,),
        ),
    )
    async def ticket(request: HttpRequest) -> Answer:
        token: str = request.scope["state"]["token"]
        principal = principal_of(request)
        wait_s = await limits.take(limit=TICKET_RATE, key=str(principal.user_id))
        if wait_s:
            raise later("too many tickets", retry_after_s=math.ceil(wait_s), kind=TOO_MANY)
        # Rights are looked up again when it is redeemed.
        bare = dataclasses.replace(principal, access=NOTHING)
        session = Session(principal=bare, token=token)
        issued = await tickets.issue(session, lasts_s=lasts_s)
        view = TicketView(
            ticket=issued,
            expires_in=int(lasts_s),
            url=f"{PATH}?ticket={issued}",
            protocols=[PROTOCOL, f"{TICKET}{issued}"],
        )
        return answer(view, status=201)

    return AreaRoutes(path="/api/v1/ws", tags=["streams"], route_handlers=[ticket])
