"""Be the child process of a class.

It is `python -m adapters.compute.own_strategies.child NAME BYTES PARENT`, and reads a line of JSON
for each question and writes one for each answer.
"""

import json
import os
import sys
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import entry_points
from typing import Any

from adapters.compute.confined import end_with, limit_memory

GROUP = "ballast.strategies"
MESSAGE_MAX = 300
_FILES_MAX = 64


@dataclass(frozen=True, slots=True)
class DayBar:
    """A closed day, prices restated for splits since."""

    at: datetime
    open: float
    high: float
    low: float
    close: float
    volume: float


def main() -> None:
    """Load the class and answer until the parent is gone."""
    name, memory, parent = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    end_with(parent)
    # What the class prints goes nowhere: answers have a descriptor of their own.
    out = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    given = os.fdopen(os.dup(0), encoding="utf-8")
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    _limit(memory)

    def put(value: dict[str, Any]) -> None:
        out.write(json.dumps(value, allow_nan=False) + "\n")
        out.flush()

    try:
        made = _loaded(name)
    except BaseException as problem:  # noqa: BLE001 - whatever it raises is told to the parent
        put({"failed": _told(problem)})
        return
    put({"ready": True})
    for line in given:
        bars = [
            DayBar(datetime.fromisoformat(at), *figures)
            for at, *figures in json.loads(line)["bars"]
        ]
        try:
            found = list(made().scores(bars))
            put({"scores": [None if one is None else float(one) for one in found]})
        except BaseException as problem:  # noqa: BLE001 - whatever it raises is told
            put({"failed": _told(problem)})


def _loaded(name: str) -> Any:
    (found,) = (one for one in entry_points(group=GROUP) if one.name == name)
    return found.load()


def _told(problem: BaseException) -> str:
    return f"{type(problem).__name__}: {problem}"[:MESSAGE_MAX]


def _limit(memory: int) -> None:
    """Allow so much memory beyond what is mapped by now, no files to fill, no core to leave."""
    if sys.platform != "linux":
        return
    import resource

    limit_memory(memory)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_NOFILE, (_FILES_MAX, _FILES_MAX))


if __name__ == "__main__":
    main()
