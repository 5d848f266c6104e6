"""Bring the market's events to a paper venue that runs as a process of its own."""

import httpx
import msgspec
import structlog

from adapters.brokers.paper import wire
from adapters.brokers.trusted import trusted
from domain.market.prices import (
    MarketEvent,
    Quote,
    ReplayBegan,
    SessionClosed,
    SessionOpened,
    SplitEffective,
    TradedVolume,
)
from ports.broker import BrokerUnavailable, BrokerUnsure

_TOTAL_S = 2.0

log = structlog.get_logger()


class MarketPush:
    """Listen to the market for a venue elsewhere; a venue with prices of its own gets none.

    The market waits for the venue, as for one in its own process: an event that did not
    arrive raises BrokerUnavailable or BrokerUnsure, and is told again.
    """

    def __init__(self, *, url: str) -> None:
        self._url = url
        self._http: httpx.AsyncClient | None = None
        # Whether the venue goes by these prices, None until it has said so.
        self._wanted: bool | None = None

    @property
    def problem(self) -> str:
        """Say that the venue does not fill at the market's prices, empty where it does."""
        if self._wanted is not False:
            return ""
        return f"the venue at {self._url} fills at prices of its own: start it with --hours"

    async def start(self) -> None:
        """Open the client."""
        self._http = httpx.AsyncClient(
            base_url=self._url, timeout=_TOTAL_S, verify=trusted(), trust_env=False
        )

    async def stop(self) -> None:
        """Close it."""
        if self._http is not None:
            await self._http.aclose()
            self._http = None

    async def on_market(self, event: MarketEvent) -> None:
        """Tell the venue of an event, and return when it has worked it."""
        if self._wanted is None:
            told = msgspec.json.decode(await self._ask("GET", "/v1/traits"), type=wire.Traits)
            self._wanted = told.takes_market
            if self.problem:
                log.warning("paper_venue.own_prices", problem=self.problem)
        events = _events(event) if self._wanted else None
        if events is not None:
            await self._ask("POST", "/admin/market", body=msgspec.json.encode(events))

    async def _ask(self, method: str, path: str, *, body: bytes | None = None) -> bytes:
        if self._http is None:
            raise BrokerUnavailable("the client of the paper venue is not started")
        where = f"{method} {self._url}{path}"
        try:
            reply = await self._http.request(method, path, content=body)
        except (httpx.ConnectError, httpx.ConnectTimeout) as error:
            raise BrokerUnavailable(f"{where}: cannot connect: {error!r}") from error
        except httpx.HTTPError as error:
            raise BrokerUnsure(f"{where}: no answer: {error!r}") from error
        if reply.status_code != httpx.codes.OK:
            raise BrokerUnsure(f"{where}: status {reply.status_code}")
        return reply.content


def _events(event: MarketEvent) -> wire.Events | None:
    match event:
        case Quote():
            return wire.Events(quotes=[event])
        case TradedVolume():
            return wire.Events(trades=[event])
        case SessionOpened():
            return wire.Events(opened=[event])
        case SessionClosed():
            return wire.Events(closed=[event])
        case SplitEffective():
            return wire.Events(splits=[event])
        case ReplayBegan():
            return wire.Events(began=[event])
        case _:
            # The volume of a bar came as trades.
            return None
