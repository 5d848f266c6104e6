"""Write out a function of one thing in straight-line code, and compile it.

In a loop the interpreter meets another function at the same call each time, and every call
costs half as much again.
"""

from collections.abc import Callable, Iterable
from functools import lru_cache
from types import CodeType
from typing import Any

_CODES_MAX = 1_000


def straight_line(
    body: Iterable[str], known: dict[str, Any], *, of: str = "effect"
) -> Callable[[Any], Any]:
    """Return the function of one thing, called `of`, with these lines as its body.

    These names are known to it.
    """
    lines = [f"def straight_line({of}):", *(f"    {line}" for line in body)]
    exec(_code("\n".join(lines)), known)  # noqa: S102 - made of our own fields' names
    compiled: Callable[[Any], Any] = known["straight_line"]
    return compiled


@lru_cache(_CODES_MAX)
def _code(source: str) -> CodeType:
    # Few texts are ever met, and to compile one takes longer than all the rest of a rule set.
    return compile(source, "<straight_line>", "exec")
