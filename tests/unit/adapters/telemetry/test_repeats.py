"""What is logged again and again is written once a minute, with how often it came."""

import io
import json
import logging
from collections.abc import Iterator

import pytest
import structlog

from adapters.telemetry.logs import configure_logging
from adapters.telemetry.repeats import EVERY_S, Repeats
from bootstrap.settings.sections import LogSettings


class Written:
    """The lines of a process whose clock is set by hand."""

    def __init__(self) -> None:
        self.now_s = 1_000.0
        self._stream = io.StringIO()
        configure_logging(LogSettings(format="json"), stream=self._stream)
        (handler,) = logging.getLogger().handlers
        handler.filters[:] = [Repeats(monotonic=lambda: self.now_s)]

    def lines(self) -> list[dict[str, object]]:
        return [json.loads(line) for line in self._stream.getvalue().splitlines()]


@pytest.fixture
def written() -> Iterator[Written]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield Written()
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()


def test_a_library_that_tries_again_is_heard_once_a_minute(written: Written) -> None:
    library = logging.getLogger("aiokafka")
    for number in range(500):
        library.error("Unable connect to node with id %s: %s", number % 3, "refused")
        library.warning("Unable to update metadata from %s", [1])
    assert [line["event"] for line in written.lines()] == [
        "Unable connect to node with id 0: refused",
        "Unable to update metadata from [1]",
    ]
    written.now_s += EVERY_S
    library.error("Unable connect to node with id %s: %s", 7, "refused")
    library.error("Unable connect to node with id %s: %s", 8, "refused")
    (last,) = written.lines()[2:]
    assert last["event"] == (
        "Unable connect to node with id 7: refused (499 more since it was told last)"
    )


def test_an_event_that_comes_with_each_try_is_counted(written: Written) -> None:
    log = structlog.get_logger("test")
    for _ in range(20):
        log.warning("agents.deaf", problem="no broker")
    for problem in ("away", "away", "other"):
        log.error("task.failed", task="commands", problem=problem)
    log.error("task.failed", task="fanout", problem="away")
    assert [(line["event"], line.get("task"), line["problem"]) for line in written.lines()] == [
        ("agents.deaf", None, "no broker"),
        ("task.failed", "commands", "away"),
        ("task.failed", "commands", "other"),
        ("task.failed", "fanout", "away"),
    ]
    written.now_s += EVERY_S
    log.warning("agents.deaf", problem="no broker")
    log.error("task.failed", task="fanout", problem="away")
    deaf, failed = written.lines()[4:]
    assert deaf["repeated"] == 19
    assert "repeated" not in failed


def test_whatever_concerns_one_order_or_command_is_always_written(written: Written) -> None:
    log = structlog.get_logger("test")
    for number in range(3):
        log.warning("command.dead_lettered", offset=number)
        logging.getLogger("some.library").warning("odd")
    logging.getLogger("aiokafka").info("joined")
    assert len(written.lines()) == 7


def test_a_flood_of_kinds_takes_no_memory_for_ever(written: Written) -> None:
    log = structlog.get_logger("test")
    for number in range(2_500):
        log.error("task.failed", task="commands", problem=f"number {number}")
    assert len(written.lines()) == 2_500
    (handler,) = logging.getLogger().handlers
    (repeats,) = handler.filters
    assert isinstance(repeats, Repeats)
    assert len(repeats._told) <= 1_000
