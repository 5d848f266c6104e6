"""Ballast's own WebSocket edge, telling every client of one account's orders.

What is served is what ships: tickets, snapshot, sequences, an outbox for each reader. Only the
books behind it are in memory, and the journal's relay is this loop: it hands the hub the same
number of notices that the bare peer broadcasts, of the same size, each stamped in its body.

Run `python -m bench.ws_serve --port PORT --note FILE --clients 1000 --messages 200`. The note
says which paths to open (one ticket each) and what to send first. It ends when every client has
left, and in any case after `--seconds-max`.

With `--redis URL` it is one of several processes: it tells nothing by itself, but follows the
stream in Redis as `ballast worker api` does, and makes the file `--full` when every client
is there.
"""

import argparse
import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import date
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from uuid import UUID

import uvicorn
import uvloop

from adapters.http.settings import HttpSettings
from adapters.http.streams.authority import Sees
from adapters.http.streams.hub import EventReader, Hub, Topic
from adapters.http.streams.served import StreamParts
from adapters.http.streams.server import PATH, StreamServer
from adapters.memory.access import MemoryMembers, MemoryPersonalTokens
from adapters.memory.account_directory import MemoryAccountDirectory
from adapters.memory.accounts import MemoryAccountBooks
from adapters.memory.audit import MemoryAuditTrail
from adapters.memory.database import MemoryDatabase, MemoryLink
from adapters.memory.identity import MemoryCredentialStatus, MemoryUsers
from adapters.memory.kill_switch import MemoryLatches
from adapters.memory.market import (
    MemoryCalendars,
    MemoryInstruments,
    MemoryMarket,
    MemoryReplayCursor,
    MemoryReplayLaps,
)
from adapters.memory.orders import MemoryOrderArchive
from adapters.memory.streams import MemoryJournal
from adapters.memory.tickets import MemoryTickets
from adapters.redis.client import RedisLimits, RedisLink
from adapters.redis.streams import RedisEventStream
from adapters.security.key_ring import FolderKeys
from adapters.security.tokens import Rs256Tokens
from adapters.system.ids import UuidV7Ids
from adapters.system.randomness import SystemRandomness
from adapters.system.time import SystemClock, SystemSleeper
from application.audit.record import Recorder
from application.identity.authenticate import Authenticate
from application.identity.rights import Rights
from application.market.conditions import Conditions
from application.market.use_cases import MarketUseCases
from application.streams.facade import StreamUseCases
from bench.serving import LOOPBACK
from bench.ws_tell import ACCOUNT_ID, AT, TENANT_ID, tell
from bench.ws_wire import raise_open_files
from domain.accounts.account import Account
from domain.accounts.book import AccountBook, TradingDay
from domain.identity.tenant import Principal, Tenant, User
from ports.tickets import Session

SETTLE_S = 1.0
BACKLOG = 2_048
CLIENTS_MAX = 10_000
ANSWER_S = 5.0


def main() -> None:
    """Serve one measurement."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--note", type=Path, required=True)
    parser.add_argument("--clients", type=int, required=True)
    parser.add_argument("--messages", type=int, required=True)
    parser.add_argument("--interval-ms", type=float, default=0.0)
    parser.add_argument("--redis", help="follow the stream there, and tell nothing")
    parser.add_argument("--space", default="bench", help="what the keys there begin with")
    parser.add_argument("--full", type=Path, help="made when every client is there")
    parser.add_argument("--seconds-max", type=float, default=120.0)
    chosen = parser.parse_args()
    raise_open_files(chosen.clients)
    with TemporaryDirectory(prefix="ballast-bench-") as folder:
        uvloop.run(_run(chosen, folder=Path(folder)))


class _CountingHub(Hub):
    """A hub that knows how many follow, so that telling starts when all do."""

    def __init__(self) -> None:
        super().__init__()
        self.followers = 0

    def follow(self, topic: Topic, reader: EventReader, *, sees: Sees | None = None) -> None:
        """Let a reader have every event of a topic from now on."""
        super().follow(topic, reader, sees=sees)
        self.followers += 1


async def _run(chosen: argparse.Namespace, *, folder: Path) -> None:
    ids, clock = UuidV7Ids(), SystemClock()
    tokens = Rs256Tokens(keys=FolderKeys(folder / "key.pem"), clock=clock, ids=ids)
    tokens.start()
    link = MemoryLink(MemoryDatabase())
    user_id = await _add_user(link, user_id=ids.new())
    token, principal = tokens.issue(user_id=user_id, tenant_id=TENANT_ID)
    await _open_account(link, portfolio_id=ids.new())
    hub = _CountingHub()
    served = _served(link, hub=hub, tokens=tokens, clock=clock)
    tickets = MemoryTickets(clock=clock, randomness=SystemRandomness())
    session = Session(principal=principal, token=token)
    lasts_s = chosen.seconds_max
    given = [await tickets.issue(session, lasts_s=lasts_s) for _ in range(chosen.clients)]
    paths = [f"{PATH}?ticket={ticket}" for ticket in given]
    hello = {"op": "subscribe", "channel": "orders", "account_id": str(ACCOUNT_ID)}
    chosen.note.write_text(json.dumps({"paths": paths, "hello": json.dumps(hello)}))
    streams = StreamServer(served=served, tickets=tickets)
    server = uvicorn.Server(_config(_traced(streams), port=chosen.port))
    async with asyncio.timeout(chosen.seconds_max), AsyncExitStack() as stack:
        if chosen.redis is not None:
            await stack.enter_async_context(
                _followed(chosen.redis, space=chosen.space, link=link, hub=hub)
            )
        serving = asyncio.create_task(server.serve())
        while hub.followers < chosen.clients:  # noqa: ASYNC110 - it only counts them
            await asyncio.sleep(0.05)
        await asyncio.sleep(SETTLE_S)
        if chosen.redis is not None:
            chosen.full.touch()
        else:
            await tell(hub.on_notice, messages=chosen.messages, interval_ms=chosen.interval_ms)
        while streams.connections:  # noqa: ASYNC110 - as above
            await asyncio.sleep(0.05)
        server.should_exit = True
        await serving


@asynccontextmanager
async def _followed(url: str, *, space: str, link: MemoryLink, hub: Hub) -> AsyncIterator[None]:
    """Pass on what others publish through Redis, as `ballast worker api` does."""
    redis = RedisLink(
        url=url,
        randomness=SystemRandomness(),
        limits=RedisLimits(answer_s=ANSWER_S),
        space=space,
    )
    await redis.start()
    stream = RedisEventStream(link=redis, journal=MemoryJournal(link), sleeper=SystemSleeper())
    stream.subscribe(name="hub", subscriber=hub.on_notice)
    await stream.join()
    following = asyncio.create_task(stream.follow())
    try:
        yield
    finally:
        following.cancel()
        await asyncio.wait({following})
        await redis.stop()


async def _add_user(link: MemoryLink, *, user_id: UUID) -> UUID:
    tenant = Tenant(id=TENANT_ID, name="Bench", created_at=AT)
    user = User(
        id=user_id, tenant_id=tenant.id, email="b@localhost", password_hash="", created_at=AT
    )
    await MemoryUsers(link).found(tenant=tenant, owner=user)
    return user_id


class Authenticating(Authenticate):
    """Checks tokens as the facade does, without the rest of it."""

    async def authenticate(self, token: str) -> Principal:
        """Return who a token names."""
        return await self(token)


async def _open_account(link: MemoryLink, *, portfolio_id: UUID) -> None:
    account = Account(
        id=ACCOUNT_ID,
        tenant_id=TENANT_ID,
        portfolio_id=portfolio_id,
        name="Bench",
        broker="paper",
        created_at=AT,
    )
    day = TradingDay(date=date(2026, 1, 5), opening_equity=Decimal(0))
    book = AccountBook(account=account, version=0, day=day)
    await MemoryAccountDirectory(link).open(book=book, funding=None)


def _served(link: MemoryLink, *, hub: Hub, tokens: Rs256Tokens, clock: SystemClock) -> StreamParts:
    market = MemoryMarket(at=AT)
    record = Recorder(trail=MemoryAuditTrail(link), clock=clock, ids=UuidV7Ids())
    return StreamParts(
        hub=hub,
        streams=StreamUseCases(
            books=MemoryAccountBooks(link),
            directory=MemoryAccountDirectory(link),
            archive=MemoryOrderArchive(link),
            latches=MemoryLatches(link),
            journal=MemoryJournal(link),
        ),
        market=MarketUseCases(
            instruments=MemoryInstruments(),
            view=market,
            clock=market,
            calendars=MemoryCalendars(),
            conditions=Conditions(feed=str, has_ended=lambda: False, brokers={}),
            replay=None,
            record=record,
            laps=MemoryReplayLaps(link=link, cursor=MemoryReplayCursor()),
            brokers=("paper",),
        ),
        identity=Authenticating(
            tokens=tokens,
            credential_status=MemoryCredentialStatus(link),
            rights=Rights(
                members=MemoryMembers(link), tokens=MemoryPersonalTokens(link), clock=clock
            ),
        ),
        # All of them are one user's, on this machine.
        settings=HttpSettings(
            websockets_max=CLIENTS_MAX,
            websockets_per_network=CLIENTS_MAX,
            websockets_per_user=CLIENTS_MAX,
        ),
        clock=clock,
    )


def _traced(streams: StreamServer) -> Any:
    """Give every connection the trace id that the edge would."""

    async def serve(scope: Any, receive: Any, send: Any) -> None:
        scope.setdefault("state", {})["trace_id"] = "0" * 32
        await streams(scope, receive, send)

    return serve


def _config(app: Any, *, port: int) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        host=LOOPBACK,
        port=port,
        loop="none",
        http="httptools",
        ws="websockets-sansio",
        ws_per_message_deflate=False,
        lifespan="off",
        log_config=None,
        access_log=False,
        backlog=BACKLOG,
    )


if __name__ == "__main__":
    main()
