"""Pass every committed event on to all who follow its channel, encoded once."""

from typing import Protocol
from uuid import UUID

from adapters.http.streams.authority import Sees
from adapters.http.streams.messages import event_frame, quote_frame, withheld_frame
from domain.market.prices import MarketEvent, Quote
from domain.shared.notices import Notice

# Tenant, account (None for what concerns the whole tenant), channel.
Topic = tuple[UUID, UUID | None, str]


class EventReader(Protocol):
    """Someone who must get every event of a topic."""

    def offer(self, sequence: int, frame: str) -> None:
        """Take an event, without waiting."""
        ...


class QuoteReader(Protocol):
    """Someone who wants the latest quotes."""

    def offer_quote(self, symbol: str, frame: str) -> None:
        """Take a quote, without waiting; an earlier one of the symbol may be dropped."""
        ...


class Hub:
    """Who follows what in this process.

    Feed it with the event stream's notices and the market's events; both calls return
    without waiting for any reader.
    """

    def __init__(self) -> None:
        # Dicts keep the order in which readers came: everyone waits their turn.
        self._events: dict[Topic, dict[EventReader, Sees | None]] = {}
        self._quotes: dict[str, dict[QuoteReader, None]] = {}
        self._quote_sequence = 0

    @property
    def quote_sequence(self) -> int:
        """The number of the latest quote; it starts anew with the process."""
        return self._quote_sequence

    async def on_notice(self, notice: Notice) -> None:
        """Pass a committed notice on."""
        readers = self._events.get((notice.tenant_id, notice.account_id, notice.channel))
        if not readers:
            return
        frame = event_frame(notice)
        sequence = notice.sequence
        for reader, sees in tuple(readers.items()):
            seen = sees is None or sees(notice)
            reader.offer(sequence, frame if seen else withheld_frame(notice))

    async def on_market(self, event: MarketEvent) -> None:
        """Pass a quote on; other market events concern nobody here."""
        if not isinstance(event, Quote):
            return
        self._quote_sequence += 1
        readers = self._quotes.get(event.symbol)
        if not readers:
            return
        frame = quote_frame(event, sequence=self._quote_sequence)
        for reader in tuple(readers):
            reader.offer_quote(event.symbol, frame)

    def follow(self, topic: Topic, reader: EventReader, *, sees: Sees | None = None) -> None:
        """Let a reader have every event of a topic from now on.

        Of what it does not see it gets the number only; sees is asked each time.
        """
        self._events.setdefault(topic, {})[reader] = sees

    def leave(self, topic: Topic, reader: EventReader) -> None:
        """Let a reader go."""
        readers = self._events.get(topic)
        if readers is not None:
            readers.pop(reader, None)
            if not readers:
                del self._events[topic]

    def follow_quotes(self, symbols: tuple[str, ...], reader: QuoteReader) -> None:
        """Let a reader have the quotes of exactly these symbols."""
        self.leave_quotes(reader)
        for symbol in symbols:
            self._quotes.setdefault(symbol, {})[reader] = None

    def leave_quotes(self, reader: QuoteReader) -> None:
        """Let a reader have no more quotes."""
        for symbol in [name for name, readers in self._quotes.items() if reader in readers]:
            readers = self._quotes[symbol]
            del readers[reader]
            if not readers:
                del self._quotes[symbol]
