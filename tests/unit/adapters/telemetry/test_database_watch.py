"""A database that falls silent is away before a statement's time is up."""

import asyncio

from adapters.memory.time import ManualClock
from adapters.telemetry.database_watch import ANSWER_S, DatabaseWatch
from adapters.telemetry.health import HealthBoard
from bootstrap.lifecycle import MONITOR_EVERY_S
from ports.health import ComponentState
from ports.storage import StorageUnavailable
from tests import builders


class Server:
    """Answers when it is let."""

    def __init__(self) -> None:
        self.answers = asyncio.Event()
        self.problem: Exception | None = None
        self.asked = 0

    async def start(self) -> None: ...

    async def stop(self) -> None: ...

    async def check(self) -> None:
        self.asked += 1
        await self.answers.wait()
        if self.problem is not None:
            raise self.problem


def _watched(server: Server) -> tuple[DatabaseWatch, HealthBoard]:
    board = HealthBoard(clock=ManualClock(builders.AT))
    board.declare("database")
    return DatabaseWatch(server=server, health=board, answer_s=0.001), board


def test_silence_is_told_within_three_seconds() -> None:
    assert MONITOR_EVERY_S + ANSWER_S < 3


async def test_silence_is_told_and_the_one_question_stays_open_until_it_is_answered() -> None:
    server = Server()
    watch, board = _watched(server)
    await watch.look()
    await watch.look()
    (database,) = board.components()
    assert (database.state, server.asked) == (ComponentState.DOWN, 1)
    assert "has said nothing" in database.detail
    assert not board.is_ready()
    server.answers.set()
    await watch.look()
    assert (board.components()[0].state, server.asked) == (ComponentState.UP, 1)
    await watch.look()
    assert server.asked == 2


async def test_what_the_database_says_is_told() -> None:
    server = Server()
    server.answers.set()
    server.problem = StorageUnavailable("the database is read-only: is it a standby?")
    watch, board = _watched(server)
    await watch.look()
    (database,) = board.components()
    assert (database.state, database.detail) == (ComponentState.DOWN, str(server.problem))


async def test_an_open_question_is_taken_back_at_the_end() -> None:
    watch, _ = _watched(Server())
    await watch.look()
    (asking,) = [one for one in asyncio.all_tasks() if one.get_name() == "database_check"]
    watch.stop()
    await asyncio.wait({asking})
    assert asking.cancelled()
