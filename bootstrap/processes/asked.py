"""Answer other processes on a part's own port: its area's routes, and how this process is."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from prometheus_client import CollectorRegistry

from adapters.http.app import build_app
from adapters.http.part_callers import PartCallers
from adapters.http.rates import Rates
from adapters.http.server.server import HttpServer
from adapters.http.streams.hub import Hub
from adapters.security.part_tokens import is_of_part
from bootstrap.all_areas import AREAS
from bootstrap.area import Area, Asked
from bootstrap.http import edge_parts, edge_settings
from bootstrap.identity.access_tokens import build_part_tokens
from bootstrap.parts import Parts
from bootstrap.settings.http import server_settings
from ports.rate_limits import RateLimit

# Who asks for all of another process counts as one: its own edge has counted its users.
_ENOUGH = 1_000_000
# Rows of many users come in one body.
_BODY_BYTES_MAX = 16 * 2**20


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedServer:
    """A server that holds a part's port, and what is answered there."""

    server: HttpServer
    asked: Asked
    registry: CollectorRegistry


def bind_asked(parts: Parts, *, is_first: bool, areas: Sequence[Area] = AREAS) -> list[AskedServer]:
    """Take the ports of the parts that others ask here; raises what a port is refused with.

    is_first: no other server of this process shows its figures. Those of a second one are of
    its own requests alone.
    """
    servers: list[AskedServer] = []
    for area in areas:
        for role, asked in area.asked.items():
            if role not in parts.plan.asked:
                continue
            own = replace(parts.settings.http, port=asked.port(parts.settings))
            alone = is_first and not servers
            registry = parts.metrics.registry if alone else CollectorRegistry()
            server = HttpServer(settings=server_settings(own), registry=registry)
            server.bind()
            servers.append(AskedServer(server=server, asked=asked, registry=registry))
    return servers


def build_asked_http(parts: Parts, one: AskedServer) -> Any:
    """Put a part's routes behind the edge that the API has, for users and other parts."""
    edge = edge_parts(parts)
    tokens = parts.of(build_part_tokens)
    callers = PartCallers(
        users=edge.identity.authenticating,
        is_of_part=is_of_part,
        of_part=partial(tokens.checked, part=one.asked.part),
    )
    settings = replace(
        edge_settings(parts.settings),
        rates=_rates(),
        body_max=max(parts.settings.http.body_bytes_max, _BODY_BYTES_MAX),
        docs=False,
        console=False,
        websockets_max=0,
    )
    return build_app(
        replace(edge, authenticate=callers),
        routes=one.asked.routes(parts),
        settings=settings,
        registry=one.registry,
        # Nothing is told live here.
        hub=Hub(),
    )


def _rates() -> Rates:
    changes = RateLimit(name="changes", per_s=_ENOUGH, burst=_ENOUGH)
    reads = RateLimit(name="reads", per_s=_ENOUGH, burst=_ENOUGH)
    return Rates(changes=changes, reads=reads, shared=frozenset())
