"""Return what logs an event, for whoever is told of it by a call."""

from collections.abc import Callable
from enum import Enum
from typing import Any

import structlog

log = structlog.get_logger(__name__)


class WhenTold:
    """Returns what logs an event when it is called: its arguments, by the names given here."""

    def warning(self, event: str, *names: str) -> Callable[..., None]:
        """Return what logs a warning."""
        return _told(event, names, level="warning")

    def error(self, event: str, *names: str) -> Callable[..., None]:
        """Return what logs an error."""
        return _told(event, names, level="error")


when_told = WhenTold()


def _told(event: str, names: tuple[str, ...], *, level: str) -> Callable[..., None]:
    def tell(*values: object) -> None:
        said = {name: _said(value) for name, value in zip(names, values, strict=True)}
        getattr(log, level)(event, **said)

    return tell


def _said(value: Any) -> str:
    """Write a value: of an enum its value, of a record its id, of a fault its text."""
    if isinstance(value, Enum):
        return str(value.value)
    return str(value) if isinstance(value, Exception) else str(getattr(value, "id", value))
