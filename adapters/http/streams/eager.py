"""Begin a coroutine at once, and leave to a task only what is left when it has to wait."""

from collections.abc import Coroutine, Generator
from types import coroutine
from typing import Any

# What a coroutine waits for; only the event loop looks inside.
Waiting = Any


def begin(work: Coroutine[Any, Any, None]) -> Waiting | None:
    """Run the coroutine up to its first wait; return what it waits for, None when it ended.

    Python 3.12's eager tasks do this, and cost a task each all the same.
    """
    try:
        waiting: Waiting = work.send(None)
    except StopIteration:
        return None
    return waiting


@coroutine
def finish(work: Coroutine[Any, Any, None], *, waiting: Waiting) -> Generator[Waiting, Any, None]:
    """Go on, within the awaiting task, with a coroutine that `begin` left waiting."""
    while True:
        try:
            try:
                value = yield waiting
            # A cancellation, too, is the coroutine's to handle.
            except BaseException as error:  # noqa: BLE001
                waiting = work.throw(error)
            else:
                waiting = work.send(value)
        except StopIteration:
            return
