"""Run the paper venue as a process of its own, so that it outlives its clients.

python -m adapters.brokers.paper.server --port 0 --journal DIR --dedup none --faults lost_reply=0.1
prints its address as the first line of its output.
"""

import argparse
import asyncio
import random
import signal
import sys
import time
from collections.abc import Sequence
from dataclasses import fields
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path

import structlog

from adapters.brokers.paper import wire
from adapters.brokers.paper.broker import PaperBroker
from adapters.brokers.paper.credentials import CredentialBook, IssuedKey, read_issued
from adapters.brokers.paper.engine import PaperVenue
from adapters.brokers.paper.faults import Faults, FaultSettings
from adapters.brokers.paper.http11 import READ_S_MAX, HttpServer
from adapters.brokers.paper.journal import VenueJournal, VenueJournalBusy, VenueJournalCorrupt
from adapters.brokers.paper.routes import VenueRoutes, error_body
from adapters.brokers.paper.settings import NAME, PaperSettings
from domain.market.prices import Quote
from domain.shared.values import InvalidValue, checked_symbol
from ports.broker import Dedup

_QUOTES = ("AAPL=189.98/190.02", "GOOG=139.98/140.02", "IBM=99.99/100.01", "MSFT=379.98/380.02")


class LoopClock:
    """The machine's clocks."""

    def now(self) -> datetime:
        """Return the wall clock's time in UTC."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """Return the monotonic clock's seconds."""
        return time.monotonic()


class LoopSleeper:
    """Sleep on the running loop."""

    async def sleep(self, seconds: float) -> None:
        """Sleep for at least that many seconds."""
        await asyncio.sleep(seconds)


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve until SIGTERM or SIGINT; 2 for wrong arguments, 1 for a corrupt or busy journal."""
    parser = _parser()
    chosen = parser.parse_args(arguments)
    try:
        # Quotes of today would make the events of a replay look late.
        static = () if chosen.hours else _QUOTES
        quotes = [_quote(text) for text in chosen.quote or static]
        faults = _faults(chosen.faults)
        issued = _issued(chosen.credentials)
        settings = PaperSettings(
            name=chosen.name,
            tag=chosen.tag,
            dedup=Dedup(chosen.dedup),
            settle_horizon_s=chosen.settle_horizon_s,
            retained_orders=chosen.retained_orders,
            quote_size=None,
            # Without the hours of pushed sessions the static quotes trade at any time.
            always_open=frozenset() if chosen.hours else frozenset({chosen.calendar}),
            default_calendar=chosen.calendar,
        )
    except (InvalidValue, ValueError, OSError) as error:
        parser.error(str(error))
    # Standard output carries the address, and nobody may read on after it.
    structlog.configure(
        # The usual traceback shows locals, and with them what a request held.
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.KeyValueRenderer(),
        ],
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
    try:
        asyncio.run(_serve(chosen, settings, faults, quotes, issued))
    except (VenueJournalBusy, VenueJournalCorrupt) as error:
        sys.stderr.write(f"the venue's journal cannot be used: {error}\n")
        return 1
    return 0


async def _serve(
    chosen: argparse.Namespace,
    settings: PaperSettings,
    faults: FaultSettings,
    quotes: Sequence[Quote],
    issued: Sequence[IssuedKey],
) -> None:
    journal = None if chosen.journal is None else VenueJournal(Path(chosen.journal))
    venue = PaperVenue(settings=settings, journaled=journal is not None)
    broker = PaperBroker(
        venue=venue,
        clock=LoopClock(),
        sleeper=LoopSleeper(),
        faults=Faults(settings=faults, roll=random.Random(chosen.seed).random),  # noqa: S311 - a seed must repeat a run
        journal=journal,
    )
    await broker.start()
    for quote in quotes:
        await broker.on_market(quote)
    server = HttpServer(
        handler=VenueRoutes(
            broker=broker,
            venue=venue,
            credentials=CredentialBook(issued),
            takes_market=chosen.hours and not quotes,
        ),
        error_body=error_body,
        body_bytes_max=wire.BODY_BYTES_MAX,
        read_s_max=chosen.read_s_max,
    )
    port = await server.start(host="127.0.0.1", port=chosen.port)
    sys.stdout.write(f"http://127.0.0.1:{port}\n")
    sys.stdout.flush()
    stopping = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopping.set)
    await stopping.wait()
    await server.stop()
    await broker.stop()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m adapters.brokers.paper.server")
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    parser.add_argument("--journal", help="folder that keeps the venue; none: memory only")
    parser.add_argument("--dedup", choices=[mode.value for mode in Dedup], default="full")
    parser.add_argument("--faults", default="", help="name=value,...: see FaultSettings")
    parser.add_argument("--seed", type=int, default=0, help="of the faults")
    parser.add_argument("--name", default=NAME)
    parser.add_argument("--tag", default="P", help="begins order and trade ids")
    parser.add_argument("--settle-horizon-s", type=float, default=5.0)
    parser.add_argument("--hours", action="store_true", help="keep to the market it is told of")
    parser.add_argument("--calendar", default="XNYS", help="whose hours all symbols have")
    parser.add_argument("--credentials", type=Path, help="file: a JSON list of API keys it knows")
    parser.add_argument("--quote", action="append", help="SYMBOL=BID/ASK, repeatable")
    parser.add_argument(
        "--retained-orders", type=int, default=10_000, help="how many are kept, the latest"
    )
    parser.add_argument("--read-s-max", type=float, default=READ_S_MAX, help="for a request")
    return parser


def _issued(path: Path | None) -> tuple[IssuedKey, ...]:
    return () if path is None else read_issued(path.read_text(encoding="utf-8"))


def _faults(text: str) -> FaultSettings:
    known = {own.name for own in fields(FaultSettings)}
    values: dict[str, float] = {}
    for part in filter(None, text.split(",")):
        name, _, value = part.partition("=")
        if name not in known:
            raise ValueError(f"--faults: {name!r} is not one of {', '.join(sorted(known))}")
        values[name] = float(value)
    return FaultSettings(**values)


def _quote(text: str) -> Quote:
    symbol, _, prices = text.partition("=")
    bid, _, ask = prices.partition("/")
    try:
        low, high = Decimal(bid), Decimal(ask)
    except InvalidOperation:
        raise ValueError(f"--quote: {text!r} is not SYMBOL=BID/ASK") from None
    return Quote(symbol=checked_symbol(symbol), bid=low, ask=high, last=low, at=datetime.now(UTC))


if __name__ == "__main__":
    sys.exit(main())
