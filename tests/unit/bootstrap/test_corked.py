"""Writes of one turn leave together, in order, and before whatever ends the connection."""

import asyncio
from typing import Any

from bootstrap.corked import Corked


class _Wire:
    """A transport that keeps what reaches it."""

    def __init__(self) -> None:
        self.told: list[object] = []

    def write(self, data: bytes) -> None:
        self.told.append(data)

    def close(self) -> None:
        self.told.append("closed")

    def write_eof(self) -> None:
        self.told.append("ended")

    def set_protocol(self, protocol: object) -> None:
        self.told.append(protocol)

    def is_closing(self) -> bool:
        return "closed" in self.told


def _corked() -> tuple[Any, _Wire]:
    wire: Any = _Wire()
    return Corked(wire, loop=asyncio.get_running_loop()), wire


async def test_writes_of_one_turn_leave_as_one() -> None:
    corked, wire = _corked()
    corked.write(b"head ")
    corked.write(b"body")
    assert wire.told == []
    await asyncio.sleep(0)
    corked.write(b"next")
    await asyncio.sleep(0)
    assert wire.told == [b"head body", b"next"]


async def test_what_was_written_leaves_before_a_close() -> None:
    corked, wire = _corked()
    corked.write(b"last")
    corked.close()
    await asyncio.sleep(0)
    assert wire.told == [b"last", "closed"]
    assert corked.is_closing()


async def test_what_was_written_leaves_before_the_end_and_before_an_upgrade() -> None:
    corked, wire = _corked()
    corked.write(b"101")
    corked.set_protocol("websocket")
    corked.write(b"frame")
    corked.write_eof()
    await asyncio.sleep(0)
    assert wire.told == [b"101", "websocket", b"frame", "ended"]
