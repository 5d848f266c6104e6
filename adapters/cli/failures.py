"""End a command with a clear message and an exit code that scripts can tell apart."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn

FAILED = 1
DENIED = 3
UNREACHABLE = 4
REFUSED = 5


class CommandFailed(Exception):
    """The command cannot go on: what to tell, and the exit code."""

    def __init__(self, message: str, *, code: int = FAILED) -> None:
        super().__init__(message)
        self.code = code


@contextmanager
def guarded() -> Iterator[None]:
    """Turn what a command raises on purpose into a message and an exit code."""
    try:
        yield
    except CommandFailed as problem:
        fail(str(problem), code=problem.code)
    except BrokenPipeError:
        # The reader of our output has left, as `| head` does: nobody is there to tell.
        sys.stderr.close()
        sys.exit(FAILED)


def fail(message: str, *, code: int = FAILED) -> NoReturn:
    """Write the message to standard error and exit."""
    sys.stderr.write(f"error: {message}\n")
    sys.exit(code)
