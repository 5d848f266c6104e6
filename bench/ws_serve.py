"""Ballast's own WebSocket edge, telling every client of one account's orders.

What is served is what ships: tickets, snapshot, sequences, an outbox for each reader. Only the
books behind it are in memory, and the journal's relay is this loop: it hands the hub the same
number of notices that the bare peer broadcasts, of the same size, each stamped in its body.

Run `python -m bench.ws_serve --port PORT --note FILE --clients 1000 --messages 200`. The note
says which paths to open (one ticket each) and what to send first. It ends when every client has
left, and in any case after `--seconds-max`.
"""

import argparse
import asyncio
import json
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic, monotonic_ns
from typing import Any
from uuid import UUID

import uvicorn
import uvloop

from adapters.http.settings import HttpSettings
from adapters.http.streams.hub import EventReader, Hub, Topic
from adapters.http.streams.messages import event_frame
from adapters.http.streams.served import Served
from adapters.http.streams.server import PATH, StreamServer
from adapters.memory.accounts import MemoryAccountBooks, MemoryAccountDirectory
from adapters.memory.database import MemoryDatabase, MemoryLink
from adapters.memory.identity import MemoryUsers
from adapters.memory.kill_switch import MemoryLatches
from adapters.memory.market import MemoryCalendars, MemoryInstruments, MemoryMarket
from adapters.memory.orders import MemoryOrderArchive
from adapters.memory.streams import MemoryJournal
from adapters.memory.throttle import MemoryLoginTries
from adapters.memory.tickets import MemoryTickets
from adapters.security.keys import load_or_create_key
from adapters.security.passwords import Argon2idHasher
from adapters.security.tokens import Rs256Tokens
from adapters.system.ids import UuidV7Ids
from adapters.system.randomness import SystemRandomness
from adapters.system.time import SystemClock
from application.identity.facade import IdentityUseCases
from application.identity.login import Login
from application.market.use_cases import MarketUseCases
from application.streams.facade import StreamUseCases
from bench.serving import LOOPBACK
from bench.ws_wire import raise_open_files
from domain.accounts.account import Account
from domain.accounts.book import AccountBook, TradingDay
from domain.shared.notices import Notice

MESSAGE_BYTES = 500
SETTLE_S = 1.0
BACKLOG = 2_048
_AT = datetime(2026, 1, 5, 16, tzinfo=UTC)


def main() -> None:
    """Serve one measurement."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--note", type=Path, required=True)
    parser.add_argument("--clients", type=int, required=True)
    parser.add_argument("--messages", type=int, required=True)
    parser.add_argument("--interval-ms", type=float, default=0.0)
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

    def follow(self, topic: Topic, reader: EventReader) -> None:
        """Let a reader have every event of a topic from now on."""
        super().follow(topic, reader)
        self.followers += 1


async def _run(chosen: argparse.Namespace, *, folder: Path) -> None:
    ids, clock = UuidV7Ids(), SystemClock()
    tokens = Rs256Tokens(
        read_key=lambda: load_or_create_key(folder / "key.pem"), clock=clock, ids=ids
    )
    tokens.start()
    tenant_id = ids.new()
    token, _ = tokens.issue(user_id=ids.new(), tenant_id=tenant_id)
    link = MemoryLink(MemoryDatabase())
    account = await _account(link, tenant_id=tenant_id, ids=ids)
    hub = _CountingHub()
    served = _served(link, hub=hub, tokens=tokens, clock=clock)
    tickets = MemoryTickets(clock=clock, randomness=SystemRandomness(), lasts_s=chosen.seconds_max)
    paths = [f"{PATH}?ticket={await tickets.issue(token)}" for _ in range(chosen.clients)]
    hello = {"op": "subscribe", "channel": "orders", "account_id": str(account.id)}
    chosen.note.write_text(json.dumps({"paths": paths, "hello": json.dumps(hello)}))
    streams = StreamServer(served=served, tickets=tickets)
    server = uvicorn.Server(_config(_traced(streams), port=chosen.port))
    async with asyncio.timeout(chosen.seconds_max):
        serving = asyncio.create_task(server.serve())
        while hub.followers < chosen.clients:  # noqa: ASYNC110
            await asyncio.sleep(0.05)
        await asyncio.sleep(SETTLE_S)
        await _tell(hub, account=account, chosen=chosen, ids=ids)
        while streams.connections:  # noqa: ASYNC110
            await asyncio.sleep(0.05)
        server.should_exit = True
        await serving


async def _tell(hub: Hub, *, account: Account, chosen: argparse.Namespace, ids: UuidV7Ids) -> None:
    interval_s = chosen.interval_ms / 1_000
    started = monotonic()
    spare = MESSAGE_BYTES - len(event_frame(_notice(1, account=account, id=ids.new(), pad="")))
    for number in range(chosen.messages):
        # Against the start, so that the time a broadcast takes does not stretch the interval.
        await asyncio.sleep(max(0.0, started + number * interval_s - monotonic()))
        await hub.on_notice(
            _notice(number + 1, account=account, id=ids.new(), pad="x" * max(0, spare))
        )


def _notice(sequence: int, *, account: Account, id: UUID, pad: str) -> Notice:
    return Notice(
        id=id,
        tenant_id=account.tenant_id,
        account_id=account.id,
        channel="orders",
        sequence=sequence,
        type="order.accepted",
        subject=str(id),
        at=_AT,
        market_at=_AT,
        body={"sent_ns": str(monotonic_ns()), "pad": pad},
    )


async def _account(link: MemoryLink, *, tenant_id: UUID, ids: UuidV7Ids) -> Account:
    account = Account(
        id=ids.new(),
        tenant_id=tenant_id,
        portfolio_id=ids.new(),
        name="Bench",
        broker="paper",
        created_at=_AT,
    )
    day = TradingDay(date=date(2026, 1, 5), opening_equity=Decimal(0))
    book = AccountBook(account=account, version=0, day=day)
    await MemoryAccountDirectory(link).open(book=book, funding=None)
    return account


def _served(link: MemoryLink, *, hub: Hub, tokens: Rs256Tokens, clock: SystemClock) -> Served:
    market = MemoryMarket(at=_AT)
    login = Login(
        users=MemoryUsers(link),
        hasher=Argon2idHasher(),
        tokens=tokens,
        tries=MemoryLoginTries(clock=clock),
        randomness=SystemRandomness(),
    )
    return Served(
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
            replay=None,
        ),
        identity=IdentityUseCases(tokens=tokens, logging_in=login),
        settings=HttpSettings(),
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
