"""Run `ballast keys rotate`, and die by SIGKILL at a named step of it.

python -m tests.torture.workers.rotating STEP[:COUNT] [ARGUMENTS of ballast keys rotate]
"""

import functools
import inspect
import os
import signal
import sys
from collections.abc import Callable
from typing import Any

from adapters.postgres.secrets import PostgresKeyMarks, PostgresSealedStore
from adapters.security.key_files import FileKeys
from bootstrap.cli import main

# Where a rotation can be cut off: before and after each durable step.
STEPS: dict[str, tuple[Any, str]] = {
    "key": (FileKeys, "add"),
    "file": (FileKeys, "_write"),
    "replace": (os, "replace"),
    "begin": (PostgresKeyMarks, "begin"),
    "rewrap": (PostgresSealedStore, "replace"),
    "retire": (PostgresKeyMarks, "retire"),
}
NAMES = tuple(f"{name}.{when}" for name in STEPS for when in ("before", "after"))


def arm(step: str, *, count: int) -> None:
    """Let the process die at the step's so-manieth time."""
    name, _, when = step.partition(".")
    owner, method = STEPS[name]
    left = [count]

    def die(now: str) -> None:
        if now == when:
            left[0] -= 1
            if left[0] == 0:
                os.kill(os.getpid(), signal.SIGKILL)

    setattr(owner, method, _dying(getattr(owner, method), die))


def _dying(work: Callable[..., Any], die: Callable[[str], None]) -> Callable[..., Any]:
    if inspect.iscoroutinefunction(work):

        @functools.wraps(work)
        async def waited(*given: Any, **named: Any) -> Any:
            die("before")
            done = await work(*given, **named)
            die("after")
            return done

        return waited

    @functools.wraps(work)
    def called(*given: Any, **named: Any) -> Any:
        die("before")
        done = work(*given, **named)
        die("after")
        return done

    return called


if __name__ == "__main__":
    named, _, times = sys.argv[1].partition(":")
    if named:
        arm(named, count=int(times or 1))
    sys.argv = ["ballast", "keys", "rotate", *sys.argv[2:]]
    main()
