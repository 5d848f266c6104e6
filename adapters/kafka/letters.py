"""Look through the dead letters, and put them back."""

import contextlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from adapters.kafka import wire
from adapters.kafka.dead_letters import header, put_back, readable
from adapters.kafka.wire import DEAD_LETTERS
from ports.commands import MessageSink, Partition, ReceivedMessage, TopicLog


class NoSuchLetter(Exception):
    """No dead letter lies at that place, or it cannot be put back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadLetters:
    """The dead-letter topic, for whoever operates it; a letter is named partition-offset."""

    log: TopicLog
    sink: MessageSink

    async def list(self, *, limit: int, reason: str | None = None) -> list[dict[str, Any]]:
        """Return the newest letters, newest first, in a line each."""
        found = await self._matching(limit=limit, reason=reason)
        return [_line(letter) for letter in found]

    async def show(self, name: str) -> dict[str, Any]:
        """Return all of one letter; raises NoSuchLetter."""
        letter = await self._letter(name)
        shown: Any = readable(letter.value)
        with contextlib.suppress(msgspec.DecodeError, ValueError, RecursionError):
            shown = msgspec.json.decode(letter.value or b"")
        headers = {one: readable(value) for one, value in letter.headers}
        return _line(letter) | {
            "key": readable(letter.key),
            "headers": headers,
            "message": shown,
        }

    async def replay(self, names: Sequence[str]) -> int:
        """Put letters back where they came from, all of them or none; raises NoSuchLetter.

        They are checked again like any other message: one that has expired stays expired,
        and one that was carried out is answered, not carried out again.
        """
        messages = []
        for name in names:
            try:
                messages.append(put_back(await self._letter(name)))
            except ValueError as problem:
                raise NoSuchLetter(f"{name} cannot be put back: {problem}") from problem
        await self.sink.start()
        try:
            await self.sink.send(messages)
        finally:
            await self.sink.stop()
        return len(messages)

    async def _matching(self, *, limit: int, reason: str | None) -> Sequence[ReceivedMessage]:
        found = await self.log.latest(DEAD_LETTERS, limit=limit)
        matching = [one for one in found if reason in (None, header(one.headers, wire.DLQ_REASON))]
        matching.sort(key=lambda one: header(one.headers, wire.DLQ_AT) or "", reverse=True)
        return matching[:limit]

    async def _letter(self, name: str) -> ReceivedMessage:
        number, _, offset = name.partition("-")
        if not (number.isascii() and number.isdigit() and offset.isascii() and offset.isdigit()):
            raise NoSuchLetter(f"{name[:40]!r} is no name of a letter: they look like 0-17")
        place = Partition(DEAD_LETTERS, int(number))
        letter = await self.log.at(place, offset=int(offset))
        if letter is None:
            raise NoSuchLetter(f"there is no letter {name}")
        return letter


def _line(letter: ReceivedMessage) -> dict[str, Any]:
    def said(name: str) -> str | None:
        return header(letter.headers, name)

    origin = f"{said(wire.DLQ_TOPIC)}/{said(wire.DLQ_PARTITION)}/{said(wire.DLQ_OFFSET)}"
    return {
        "letter": f"{letter.partition.number}-{letter.offset}",
        "at": said(wire.DLQ_AT),
        "reason": said(wire.DLQ_REASON),
        "detail": said(wire.DLQ_DETAIL),
        "origin": origin,
        "cut": said(wire.DLQ_TRUNCATED) is not None,
    }
