"""Hold what every connection of a WebSocket server shares."""

from dataclasses import dataclass
from typing import Protocol

from adapters.http.settings import HttpSettings
from adapters.http.streams.hub import Hub
from application.market.use_cases import MarketUseCases
from application.streams.facade import StreamUseCases
from domain.identity.tenant import Principal
from ports.time import Clock


class Authenticates(Protocol):
    """Who tells whose token it is, and whether it still holds."""

    async def authenticate(self, token: str) -> Principal:
        """Return who a token names; raises InvalidToken, StorageUnavailable."""
        ...

    def is_guess(self, token: str) -> bool:
        """Tell whether storage would be asked for a token that may be nobody's."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamParts:
    """The hub, the facades that messages are carried out by, and the limits."""

    hub: Hub
    streams: StreamUseCases
    market: MarketUseCases
    identity: Authenticates
    settings: HttpSettings
    clock: Clock
