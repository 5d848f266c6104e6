"""Write logs: events with fields, for a console or as JSON, without secrets."""

import logging
import re
import sys
from collections.abc import Mapping, MutableMapping
from typing import Any, Protocol, TextIO

import structlog

from adapters.telemetry.repeats import Repeats

MASK = "********"
# A field of such a name never belongs in a log, whoever put it there.
_SECRET_NAME = re.compile(
    r"passw|passcode|secret|token$|authorization|cookie|signing_key|private", re.IGNORECASE
)
# user:password@ of an address, and JWTs, wherever in a text they stand.
_CREDENTIALS = re.compile(r"(?<=://)([^/\s:@]+):([^/\s@]+)@")
_JWT = re.compile(r"\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_SET_IN = "    "
# Chatty below warning, and access logs would show what stands in addresses.
_QUIET = (
    "alembic",
    "asyncio",
    "httpx",
    "httpcore",
    "sqlalchemy",
    "uvicorn",
    "uvicorn.error",
    "websockets",
)


class LogStyle(Protocol):
    """What is written, and how: `console` or `json`."""

    @property
    def format(self) -> str: ...

    @property
    def level(self) -> str: ...


def configure_logging(settings: LogStyle, *, stream: TextIO | None = None) -> None:
    """Send every log of the process, ours and the libraries', to standard error."""
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.StackInfoRenderer(),
        structlog.processors.format_exc_info,
        without_secrets,
    ]
    renderer: structlog.typing.Processor = structlog.processors.JSONRenderer(default=str)
    target = stream if stream is not None else sys.stderr
    if settings.format == "console":
        shared.append(on_lines_of_its_own)
        renderer = structlog.dev.ConsoleRenderer(
            colors=target.isatty(), exception_formatter=structlog.dev.plain_traceback
        )
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        wrapper_class=structlog.stdlib.BoundLogger,
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(target)
    handler.addFilter(Repeats())
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(settings.level.upper())
    for name in _QUIET:
        logging.getLogger(name).setLevel(max(logging.WARNING, root.level))


def without_secrets(
    _logger: Any, _method: str, event: MutableMapping[str, Any]
) -> Mapping[str, Any]:
    """Mask what looks like a secret, by its name or by its form."""
    for name, value in event.items():
        if _SECRET_NAME.search(name):
            event[name] = MASK
        elif isinstance(value, str):
            event[name] = _masked(value)
        elif isinstance(value, BaseException):
            event[name] = _masked(str(value))
    return event


def on_lines_of_its_own(
    _logger: Any, _method: str, event: MutableMapping[str, Any]
) -> Mapping[str, Any]:
    """Let no text begin a line as an event does, nor move the cursor (JSON escapes by itself)."""
    event["event"] = _printable(str(event["event"]))
    trace = event.get("exception")
    if isinstance(trace, str):
        lines = trace.replace("\r\n", "\n").split("\n")
        event["exception"] = "\n".join(_SET_IN + _printable(line) for line in lines)
    return event


def _printable(text: str) -> str:
    return _CONTROL.sub(lambda found: repr(found[0])[1:-1], text)


def _masked(text: str) -> str:
    if "://" in text:
        text = _CREDENTIALS.sub(rf"\1:{MASK}@", text)
    if "eyJ" in text:
        text = _JWT.sub(MASK, text)
    return text
