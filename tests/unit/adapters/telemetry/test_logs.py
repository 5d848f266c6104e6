"""Logs are events with fields and ids, and secrets do not reach them."""

import io
import json
import logging
from collections.abc import Iterator

import pytest
import structlog

from adapters.telemetry.logs import configure_logging
from bootstrap.settings.sections import LogSettings

JWT = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJ4In0.c2lnbmF0dXJl"


@pytest.fixture
def _restored() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()


def _lines(stream: io.StringIO) -> list[dict[str, object]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


@pytest.mark.usefixtures("_restored")
def test_json_lines_hold_the_event_its_fields_and_the_request() -> None:
    stream = io.StringIO()
    configure_logging(LogSettings(format="json", level="info"), stream=stream)
    with structlog.contextvars.bound_contextvars(request_id="r1", trace_id="t1"):
        structlog.get_logger("test").info("kill_switch.tripped", account="a1", count=3)
    (line,) = _lines(stream)
    assert line.pop("timestamp")
    assert line == {
        "event": "kill_switch.tripped",
        "account": "a1",
        "count": 3,
        "level": "info",
        "request_id": "r1",
        "trace_id": "t1",
    }


@pytest.mark.usefixtures("_restored")
def test_libraries_log_through_the_same_door_and_quiet_ones_stay_quiet() -> None:
    stream = io.StringIO()
    configure_logging(LogSettings(format="json", level="info"), stream=stream)
    logging.getLogger("some.library").warning("odd: %s", "thing")
    logging.getLogger("httpx").info("HTTP Request: GET http://x/?ticket=1")
    logging.getLogger("some.library").debug("details")
    assert [line["event"] for line in _lines(stream)] == ["odd: thing"]


@pytest.mark.usefixtures("_restored")
@pytest.mark.parametrize("format", ["json", "console"])
def test_canaries_never_reach_a_line(format: str) -> None:
    stream = io.StringIO()
    configure_logging(LogSettings(format=format, level="debug"), stream=stream)
    log = structlog.get_logger("test")
    log.info(
        "login",
        password="canary",
        passcode="canary",
        access_token="canary",
        authorization="Bearer canary",
        signing_key="canary",
        client_secret="canary",
    )
    log.info("database.lost", place="postgresql://ballast:canary@db/ballast")
    log.warning(f"token {JWT} refused", problem=ValueError(f"bad {JWT}"))
    logging.getLogger("driver").error("cannot reach %s", "postgresql://u:canary@h/b")
    try:
        raise ConnectionError("postgresql://u:canary@h/b and " + JWT)
    except ConnectionError:
        log.exception("database.failed")
    written = stream.getvalue()
    assert "canary" not in written
    assert JWT not in written
    assert "postgresql://ballast:" in written
    assert "ConnectionError" in written


@pytest.mark.usefixtures("_restored")
def test_the_level_is_obeyed() -> None:
    stream = io.StringIO()
    configure_logging(LogSettings(format="json", level="warning"), stream=stream)
    structlog.get_logger("test").info("unseen")
    structlog.get_logger("test").warning("seen")
    assert [line["event"] for line in _lines(stream)] == ["seen"]
