"""Read what a handshake offers in Sec-WebSocket-Protocol: our protocol, and perhaps a ticket."""

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import parse_qs

from litestar.types import Scope

from adapters.http.problems import unfit

PROTOCOL = "ballast.v1"
# Behind it a ticket; addresses end up in logs of proxies and histories, this header does not.
TICKET = "ballast.ticket."
_HEADER = "#Sec-WebSocket-Protocol"


def offered(scope: Scope) -> Sequence[str]:
    """Return the protocols that a client offers."""
    handshake: Mapping[str, Any] = scope
    return tuple(handshake.get("subprotocols") or ())


def chosen(scope: Scope) -> str | None:
    """Return the protocol that is answered: ours where it was offered."""
    return PROTOCOL if PROTOCOL in offered(scope) else None


def ticket_of(scope: Scope) -> str | None:
    """Return the ticket of a handshake, None without one; raises the problem of several."""
    found = [one.removeprefix(TICKET) for one in offered(scope) if one.startswith(TICKET)]
    if found and chosen(scope) is None:
        # A browser hangs up when none of what it offered is answered, and that would be a ticket.
        raise unfit(_HEADER, f"must offer {PROTOCOL} beside a ticket")
    query: bytes = scope["query_string"]
    found += parse_qs(query.decode("latin-1")).get("ticket", [])
    if len(found) > 1:
        raise unfit(_HEADER, "must be the only place of a ticket, and hold one")
    return found[0] if found else None
