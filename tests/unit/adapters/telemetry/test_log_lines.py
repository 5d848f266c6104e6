"""Nobody can write a line of the log but us."""

import io
import json
import logging
from collections.abc import Iterator

import pytest
import structlog

from adapters.telemetry.logs import configure_logging
from bootstrap.settings.sections import LogSettings

FORGED = "2026-01-02T15:04:05Z [info     ] kill_switch.released"
SENT = f"harmless\r\n{FORGED}\x1b[2K"


@pytest.fixture(autouse=True)
def _restored() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()


@pytest.mark.parametrize("format", ["console", "json"])
def test_what_a_client_sent_begins_no_line_and_moves_no_cursor(format: str) -> None:
    stream = io.StringIO()
    configure_logging(LogSettings(format=format, level="info"), stream=stream)
    log = structlog.get_logger("test")
    log.info("http.odd", path=SENT)
    log.warning(SENT)
    logging.getLogger("some.library").warning("said %s", SENT)
    try:
        raise ValueError(SENT)
    except ValueError:
        log.exception("http.failed")
    written = stream.getvalue()
    assert FORGED in written.replace("\\n", "\n")
    assert not [line for line in written.split("\n") if line.startswith(FORGED[:10])]
    assert "\x1b" not in written
    assert "\r" not in written


def test_a_line_of_json_is_one_event() -> None:
    stream = io.StringIO()
    configure_logging(LogSettings(format="json", level="info"), stream=stream)
    structlog.get_logger("test").info("http.odd", path=SENT)
    (line,) = stream.getvalue().splitlines()
    assert json.loads(line)["path"] == SENT


def test_a_traceback_stands_below_its_event_set_in() -> None:
    stream = io.StringIO()
    configure_logging(LogSettings(format="console", level="info"), stream=stream)
    try:
        raise ValueError("first\nsecond")
    except ValueError:
        structlog.get_logger("test").exception("http.failed")
    head, *rest = stream.getvalue().splitlines()
    assert "http.failed" in head
    assert rest[0] == "    Traceback (most recent call last):"
    assert rest[-2:] == ["    ValueError: first", "    second"]
