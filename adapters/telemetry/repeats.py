"""Let what is logged again and again through once a minute, with how often it came."""

import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

EVERY_S = 60.0
# Libraries that try again by themselves, ten times a second, and log each time.
LIBRARIES = ("aiokafka",)
# Events of ours that come with each try, and what tells one of them from another.
EVENTS: Mapping[str, tuple[str, ...]] = {
    "agents.deaf": (),
    "agents.not_answered": (),
    "command.reply_not_sent": (),
    "command.storage_down": (),
    "commands.not_committed": (),
    "kafka.not_closed": (),
    "task.failed": ("task", "problem"),
}
_KEYS_MAX = 1_000


@dataclass(slots=True)
class _LastShown:
    """When it was let through last, and how many came since."""

    at: float
    held: int = 0


class Repeats(logging.Filter):
    """A handler's filter: the first of a kind passes, those of the next minute are counted.

    The next one after that says how many: `repeated` in an event, at the end of a text.
    """

    def __init__(self, *, monotonic: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self._monotonic = monotonic
        self._told: dict[tuple[str, ...], _LastShown] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Tell whether the record is to be written."""
        kind = _kind(record)
        if kind is None:
            return True
        now = self._monotonic()
        before = self._told.get(kind)
        if before is not None and now < before.at + EVERY_S:
            before.held += 1
            return False
        if len(self._told) >= _KEYS_MAX:
            # Whatever fills it is no repetition.
            self._told.clear()
        self._told[kind] = _LastShown(at=now)
        if before is not None and before.held:
            _count(record, times=before.held)
        return True


def _kind(record: logging.LogRecord) -> tuple[str, ...] | None:
    """Return what repetitions of the record have in common, None where none is held back."""
    if isinstance(record.msg, dict):
        event = str(record.msg.get("event"))
        names = EVENTS.get(event)
        return None if names is None else (event, *(str(record.msg.get(one)) for one in names))
    if record.name.partition(".")[0] in LIBRARIES and record.levelno >= logging.WARNING:
        # Before its values are put in: those differ.
        return (record.name, str(record.msg))
    return None


def _count(record: logging.LogRecord, *, times: int) -> None:
    if isinstance(record.msg, dict):
        record.msg = {**record.msg, "repeated": times}
    else:
        record.msg = f"{record.getMessage()} ({times} more since it was told last)"
        record.args = None
