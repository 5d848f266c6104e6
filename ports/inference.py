"""What the core needs to run models."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from domain.inference.model import ModelFacts, ModelKey
from domain.inference.tensors import Arrays

RUN_S_MAX = 5.0


class ModelRefused(Exception):
    """This file is not served; the message says what is wrong with it."""


class EngineMissing(Exception):
    """Nothing here can run models of that kind; the message names what is to be installed."""


class RunFailed(Exception):
    """An engine could not run these inputs; another one may."""


class InputsRefused(RunFailed):
    """The inputs are to blame: another engine would refuse them as well."""


class RunOverdue(Exception):
    """A run took longer than it may and was ended."""


class ModelSession(Protocol):
    """One model, ready on one engine."""

    async def run(self, inputs: Arrays, *, timeout_s: float = RUN_S_MAX) -> Arrays:
        """Return the outputs of inputs that fit the model's own.

        May be asked while another run is on. Raises RunFailed, and RunOverdue after the time:
        nothing of the run goes on then.
        """
        ...

    async def close(self) -> None:
        """Give back what it holds; runs in hand may fail."""
        ...


@runtime_checkable
class PlacedSession(Protocol):
    """A session that knows where its parts run: more than one place may have a share."""

    @property
    def nodes(self) -> Mapping[str, int]:
        """How many nodes of the model run where, by the names of engines; none if untold."""
        ...


class Engine(Protocol):
    """What runs models."""

    @property
    def name(self) -> str:
        """What it is called wherever it is told what really ran."""
        ...

    async def open(self, content: bytes, facts: ModelFacts) -> ModelSession:
        """Make ready what an examination returned; raises ModelRefused, EngineMissing."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Examined:
    """What was found out about a file, and the model as engines get it."""

    facts: ModelFacts
    content: bytes


class Examiner(Protocol):
    """Looks at files that nobody trusts, apart from the server."""

    async def examine(self, content: bytes) -> Examined:
        """Return what a file is; raises ModelRefused, EngineMissing.

        Whatever the file does while it is looked at, it ends in time, and no more than a
        limit of memory is used.
        """
        ...


class ModelFiles(Protocol):
    """The operator's models."""

    async def list(self) -> Sequence[ModelKey]:
        """Return the versions that lie there, in order; what cannot be read is none."""
        ...

    async def read(self, key: ModelKey) -> bytes | None:
        """Return a model's file, None when there is none; raises ModelRefused."""
        ...

    async def add(self, contents: Mapping[ModelKey, bytes]) -> None:
        """Keep versions that are not there yet: all, or none; raises ModelRefused.

        A version that is there is never changed. A crash may leave some of them.
        """
        ...
