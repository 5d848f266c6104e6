"""Name models and their versions, and hold what is known of one."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from domain.inference.tensors import TensorSpec
from domain.shared.values import InvalidValue

# The version of a model that lies there without one.
UNVERSIONED = "1"
PRIORITY_MAX = 9
PRIORITY = 5

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")
_VERSION = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,31}")


def checked_name(value: str, *, field: str = "name") -> str:
    """Return a model's name; raises InvalidValue."""
    if not _NAME.fullmatch(value):
        raise InvalidValue(
            field=field,
            problem="must be 1 to 64 letters, digits, _ and -, and start with a letter or digit",
        )
    return value


def checked_version(value: str, *, field: str = "version") -> str:
    """Return a model's version; raises InvalidValue."""
    if not _VERSION.fullmatch(value) or ".." in value:
        raise InvalidValue(
            field=field,
            problem="must be 1 to 32 letters, digits, ., _ and -, and start with a letter or digit",
        )
    return value


@dataclass(frozen=True, slots=True, order=True)
class ModelKey:
    """A version of a model."""

    name: str
    version: str = UNVERSIONED

    def __post_init__(self) -> None:
        """Raise InvalidValue for what can be no file's name."""
        checked_name(self.name)
        checked_version(self.version)

    def __str__(self) -> str:
        return f"{self.name}/{self.version}"


def in_order(versions: Iterable[str]) -> list[str]:
    """Return versions from the oldest to the newest: 10 is newer than 9."""
    return sorted(versions, key=_order)


def newest(versions: Iterable[str]) -> str | None:
    """Return the newest version: 10 is newer than 9, None of none."""
    return max(versions, key=_order, default=None)


def _order(version: str) -> tuple[tuple[int, int, str], ...]:
    parts = re.findall(r"[0-9]+|[^0-9]+", version)
    return tuple((1, int(one), "") if one.isdecimal() else (0, 0, one) for one in parts)


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelFacts:
    """What was found out about a model's file before it is served.

    engine is the first of the chain that can run it. converted_from is the opset that the file
    was written for, where it had to be converted. single says why its rows are worked out
    request by request, "" where they were proven independent. size_bytes is that of the file.
    """

    sha256: str
    inputs: tuple[TensorSpec, ...]
    outputs: tuple[TensorSpec, ...]
    opset: int
    size_bytes: int
    memory_bytes: int
    engine: str
    single: str
    converted_from: int | None = None
    # Why an engine before that one cannot run it.
    without: str = ""
    # What its maker wrote into the file beside the graph, by key.
    metadata: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class InMemory:
    """What a loaded model takes, and when it was last asked."""

    memory_bytes: int
    used_at: float
    pinned: bool


def to_make_room(
    loaded: Mapping[str, InMemory], *, needed_bytes: int, budget_bytes: int
) -> list[str] | None:
    """Return which models must go for another to fit, the longest unused first; None: it cannot."""
    free = budget_bytes - sum(one.memory_bytes for one in loaded.values())
    going = []
    for name, one in sorted(loaded.items(), key=lambda pair: (pair[1].used_at, pair[0])):
        if free >= needed_bytes:
            break
        if not one.pinned:
            going.append(name)
            free += one.memory_bytes
    return going if free >= needed_bytes else None


@dataclass(frozen=True, slots=True, kw_only=True)
class ServingFigures:
    """What a served model did since it was loaded."""

    requests: int = 0
    rows: int = 0
    batches: int = 0
    failed: int = 0
    fell_back: int = 0
    latency_ms: float = 0.0
    waiting: int = 0

    @property
    def batch_mean(self) -> float:
        """Rows a batch, 0 before the first."""
        return self.rows / self.batches if self.batches else 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ServedModel:
    """A model as it is served: engine is what ran it last, first what is asked first.

    without says why engines in front of that one cannot run it, and which nodes run elsewhere;
    nodes counts them by where they run, where that is known.
    """

    key: ModelKey
    facts: ModelFacts
    loaded_at: datetime
    pinned: bool
    engine: str
    first: str
    without: str
    figures: ServingFigures
    nodes: Mapping[str, int] = field(default_factory=dict)
