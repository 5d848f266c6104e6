"""Hold what every connection of a WebSocket server shares."""

from dataclasses import dataclass

from adapters.http.settings import HttpSettings
from adapters.http.streams.hub import Hub
from application.identity.facade import IdentityUseCases
from application.market.use_cases import MarketUseCases
from application.streams.facade import StreamUseCases
from ports.time import Clock


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """The hub, the facades that messages are carried out by, and the limits."""

    hub: Hub
    streams: StreamUseCases
    market: MarketUseCases
    identity: IdentityUseCases
    settings: HttpSettings
    clock: Clock
