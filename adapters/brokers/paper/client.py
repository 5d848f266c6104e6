"""Speak to a paper venue that runs as a process of its own."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TypeVar

import httpx
import msgspec

from adapters.brokers.paper import wire
from adapters.brokers.paper.settings import DEAD_MAN
from adapters.brokers.sending import NoAnswer, NotSent, Sending
from adapters.brokers.trusted import trusted
from domain.orders.terms import OrderTerms
from ports.broker import (
    Acknowledged,
    BrokerTraits,
    BrokerUnavailable,
    BrokerUnsure,
    DeadMan,
    Refused,
    Report,
    UnreadableReport,
    VenueOrder,
    VenuePosition,
    free_to_leave,
)
from ports.time import Clock

_CONNECT_S = 2.0
_TOTAL_S = 10.0
_POLL_S = 5.0
BEAT_S = 1.0
SILENT_S = 3.0
_CONNECTIONS_MAX = 64
# Shorter than the server keeps idle connections, so that none dies under a request.
_KEEPALIVE_S = 30.0

_Shape = TypeVar("_Shape")
# Raised before a byte of the request was written.
_NOT_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)


class RemotePaperBroker:
    """A Broker over loopback HTTP: connect in 2 s, answer in 10 s, never a second send.

    `start` asks the venue for its traits unless they are given; then a venue that is down
    does not keep its clients from starting.
    """

    def __init__(self, *, url: str, clock: Clock, traits: BrokerTraits | None = None) -> None:
        self._url = url
        self._clock = clock
        # The venue's own word on itself, and when it last gave one.
        self._said = "it was not heard of yet"
        self._heard_s: float | None = None
        self._traits = traits
        self._http: httpx.AsyncClient | None = None
        # What the kill switch waits for goes by a way of its own.
        self._sending = Sending(
            url=url, connect_s=_CONNECT_S, total_s=_TOTAL_S, keep_s=_KEEPALIVE_S
        )

    @property
    def traits(self) -> BrokerTraits:
        """What may be relied on; raises RuntimeError before `start` where none were given."""
        if self._traits is None:
            raise RuntimeError("the venue's traits are not known: call start() first")
        return self._traits

    def problem(self) -> str:
        """Say why the venue cannot be relied on, empty while it can; `watch` must run."""
        if self._said or self._heard_s is None:
            return self._said
        silent_s = self._clock.monotonic() - self._heard_s
        return "" if silent_s <= SILENT_S else f"it has been silent for {silent_s:.0f} s"

    def answered_s(self) -> float | None:
        """Return when it last answered anything as it should, by the monotonic clock."""
        return self._heard_s

    async def watch(self) -> None:
        """Ask the venue every second how it is, until cancelled."""
        while True:
            try:
                async with asyncio.timeout(SILENT_S):
                    told = await self._ask("GET", "/v1/traits", body=None, shape=wire.Traits)
                self._said = told.problem
            except BrokerUnavailable as problem:
                self._said = str(problem)
            except (BrokerUnsure, TimeoutError):
                # Slow is not gone: it is given as long as it may be silent.
                if self._heard_s is None:
                    self._said = "it does not answer"
            await asyncio.sleep(BEAT_S)

    async def start(self) -> None:
        """Open the client; raises as any call does when it has to ask for the traits."""
        self._http = httpx.AsyncClient(
            base_url=self._url,
            timeout=httpx.Timeout(_TOTAL_S, connect=_CONNECT_S),
            limits=httpx.Limits(max_connections=_CONNECTIONS_MAX, keepalive_expiry=_KEEPALIVE_S),
            verify=trusted(),
            # Loopback only: a proxy from the environment has no business here.
            trust_env=False,
        )
        if self._traits is None:
            told = await self._ask("GET", "/v1/traits", body=None, shape=wire.Traits)
            self._traits = BrokerTraits(
                name=told.name,
                dedup=told.dedup,
                settle_horizon_s=told.settle_horizon_s,
                native_reduce_only=told.native_reduce_only,
                open_orders_max=told.open_orders_max,
                protective_limits=told.protective_limits,
                dead_man=told.dead_man,
                cancel_all=told.cancel_all,
            )

    async def stop(self) -> None:
        """Close every connection."""
        self._sending.close()
        if self._http is not None:
            await self._http.aclose()
            self._http = None

    async def submit(
        self,
        *,
        account_id: str,
        client_order_id: str,
        terms: OrderTerms,
        protective_limit: Decimal | None = None,
        written: Callable[[], None],
        leaving: Callable[[], None] = free_to_leave,
        urgent: bool = False,
    ) -> Acknowledged | Refused:
        """Send one order, once."""
        asked = wire.Submission(
            account_id=account_id,
            client_order_id=client_order_id,
            terms=terms,
            protective_limit=protective_limit,
        )
        return _answered(
            await self._post("/v1/orders", asked, wire.Answer, told=_Departure(leaving, written))
        )

    async def cancel(self, *, account_id: str, client_order_id: str) -> Acknowledged | Refused:
        """Ask for a cancel; the report that it happened follows on the stream."""
        asked = wire.OrderQuery(account_id=account_id, client_order_id=client_order_id)
        return _answered(await self._post("/v1/orders/cancel", asked, wire.Answer))

    async def cancel_all(
        self, *, account_ids: Sequence[str], symbol: str | None = None
    ) -> Acknowledged | Refused:
        """Ask for a cancel of every order of the accounts."""
        asked = wire.CancelAll(account_ids=list(account_ids), symbol=symbol)
        return _answered(await self._post("/v1/orders/cancel-all", asked, wire.Answer))

    async def replace(
        self,
        *,
        account_id: str,
        client_order_id: str,
        terms: OrderTerms,
        protective_limit: Decimal | None = None,
        written: Callable[[], None],
        leaving: Callable[[], None] = free_to_leave,
    ) -> Acknowledged | Refused:
        """Ask for new terms (quantity and prices); the client order id stays."""
        asked = wire.Submission(
            account_id=account_id,
            client_order_id=client_order_id,
            terms=terms,
            protective_limit=protective_limit,
        )
        return _answered(
            await self._post(
                "/v1/orders/replace", asked, wire.Answer, told=_Departure(leaving, written)
            )
        )

    async def find(self, *, account_id: str, client_order_id: str) -> VenueOrder | None:
        """Return the order by client order id, closed ones included, None if not visible."""
        asked = wire.OrderQuery(account_id=account_id, client_order_id=client_order_id)
        return (await self._post("/v1/orders/find", asked, wire.Found)).order

    async def open_orders(self, *, account_id: str) -> Sequence[VenueOrder]:
        """Return every order of the account that can still fill."""
        asked = wire.Owner(account_id=account_id)
        return (await self._post("/v1/orders/open", asked, wire.Orders)).orders

    async def positions(self, *, account_id: str) -> Sequence[VenuePosition]:
        """Return what the account holds."""
        asked = wire.Owner(account_id=account_id)
        return (await self._post("/v1/positions", asked, wire.Positions)).positions

    @property
    def dead_man(self) -> DeadMan:
        """What its timer can be set to: that of every venue of this kind."""
        return DEAD_MAN

    async def keep_alive(
        self, *, account_id: str, within_s: float, keep_reducing: bool
    ) -> Acknowledged | Refused:
        """Have the account's orders cancelled unless this is asked again in time."""
        asked = wire.KeepAlive(
            account_id=account_id, within_s=within_s, keep_reducing=keep_reducing
        )
        return _answered(await self._post("/v1/dead-man", asked, wire.Answer))

    async def reports(self, *, after: int) -> AsyncIterator[Report | UnreadableReport]:
        """Yield reports with a sequence above `after`, then new ones as they come.

        Raises when the venue cannot be reached; go on with a new call from the last sequence.
        """
        while True:
            asked = wire.After(after=after, wait_s=_POLL_S)
            raw = (await self._post("/v1/reports", asked, wire.RawReports)).reports
            try:
                page = [wire.report_of(each) for each in raw]
            except msgspec.MsgspecError as error:
                raise BrokerUnsure(f"a report of nobody: {error}") from error
            for report in page:
                yield report
            # Only now: a page may be out of order, but it is whole.
            after = max((report.sequence for report in page), default=after)

    async def _post(
        self,
        path: str,
        asked: msgspec.Struct,
        shape: type[_Shape],
        *,
        told: "_Departure | None" = None,
    ) -> _Shape:
        body = msgspec.json.encode(asked)
        return await self._ask("POST", path, body=body, shape=shape, told=told)

    async def _ask(
        self,
        method: str,
        path: str,
        *,
        body: bytes | None,
        shape: type[_Shape],
        told: "_Departure | None" = None,
    ) -> _Shape:
        where = f"{method} {self._url}{path}"
        status, content = await self._reply(method, path, body=body, told=told)
        if status == httpx.codes.SERVICE_UNAVAILABLE:
            raise BrokerUnavailable(f"{where}: {wire.problem_of(content)}")
        if status != httpx.codes.OK:
            # A fault of ours or theirs: what came of the request is not known.
            raise BrokerUnsure(f"{where}: status {status}, {wire.problem_of(content)}")
        try:
            answer = msgspec.json.decode(content, type=shape)
        except msgspec.MsgspecError as error:
            raise BrokerUnsure(f"{where}: unreadable answer: {error}") from error
        self._heard_s = self._clock.monotonic()
        return answer

    async def _reply(
        self, method: str, path: str, *, body: bytes | None, told: "_Departure | None"
    ) -> tuple[int, bytes]:
        if self._http is None:
            raise BrokerUnavailable("the client of the paper venue is not started")
        where = f"{method} {self._url}{path}"
        try:
            if told is not None:
                said = await self._sending.request(
                    method, path, body or b"", leaving=told.leaving, written=told.written
                )
                return said.status, said.body
            reply = await self._http.request(method, path, content=body)
            return reply.status_code, reply.content
        except (NotSent, *_NOT_SENT) as error:
            raise BrokerUnavailable(f"{where}: cannot connect: {error!r}") from error
        except (NoAnswer, httpx.HTTPError) as error:
            raise BrokerUnsure(f"{where}: no answer: {error!r}") from error


@dataclass(frozen=True, slots=True)
class _Departure:
    """Who is asked before a request leaves, and told when it has left."""

    leaving: Callable[[], None]
    written: Callable[[], None]


def _answered(answer: wire.Answer) -> Acknowledged | Refused:
    if answer.result == "acknowledged":
        return Acknowledged(answer.venue_order_id)
    return Refused(answer.reason)
