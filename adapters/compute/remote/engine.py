"""Run models on a server of the Open Inference Protocol: ours, KServe's or Triton's."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TypeVar

import msgspec

from adapters.compute.remote.protocol import Unfit, check_metadata, question, read_answer
from adapters.compute.remote.server import Overdue, Refused, RemoteServer, Unanswered
from domain.inference.model import ModelFacts, ModelKey
from domain.inference.tensors import Arrays
from ports.inference import RUN_S_MAX, ModelSession, RunFailed, RunOverdue

NAME = "remote"
Read = TypeVar("Read")
# How ours says that a run was ended after its time.
_OVERDUE = "model-run-overdue"


class _Problem(msgspec.Struct):
    type: str = ""


class _Served(msgspec.Struct):
    sha256: str


class _OwnModel(msgspec.Struct):
    loaded: _Served | None = None


class _Server(msgspec.Struct):
    name: str = ""


@dataclass(slots=True)
class RemoteSession:
    """One model on the server: looked at before its first run, and after each failure."""

    server: RemoteServer
    key: ModelKey
    facts: ModelFacts
    _is_checked: bool = field(default=False, init=False)

    async def run(self, inputs: Arrays, *, timeout_s: float = RUN_S_MAX) -> Arrays:
        """Return the outputs; raises RunFailed, RunOverdue.

        A run that is overdue here may go on there, as long as that server lets it.
        """
        try:
            asked = question(inputs)
            await self._checked()
            said = await self.server.post(f"{_path(self.key)}/infer", asked, timeout_s=timeout_s)
            found = read_answer(said, key=self.key, facts=self.facts)
        except Overdue as problem:
            self._is_checked = False
            raise RunOverdue(f"the server of inference.remote: {problem}") from None
        except Unanswered as problem:
            self._is_checked = False
            if isinstance(problem, Refused) and _is_overdue(problem):
                raise RunOverdue(f"the server of inference.remote: {problem}") from None
            raise RunFailed(f"the server of inference.remote: {problem}") from None
        except Unfit as problem:
            self._is_checked = False
            self.server.distrust()
            raise RunFailed(f"the server of inference.remote: {problem}") from None
        self.server.understood()
        return found

    async def check(self) -> None:
        """Look whether the server has this very model; raises Unanswered, Unfit."""
        said = await self.server.get(_path(self.key))
        check_metadata(said, key=self.key, facts=self.facts)
        if _read(await self.server.get("/v2"), _Server()).name == "ballast":
            # One of ours says which file it is of.
            told = _read(await self.server.get(f"/api/v1/models/{self.key.name}"), _OwnModel())
            if told.loaded is None or told.loaded.sha256 != self.facts.sha256:
                raise Unfit(f"its {self.key} is another file than ours")
        self._is_checked = True

    async def _checked(self) -> None:
        """Look at it where that was not done; without an answer no run has begun there."""
        if self._is_checked:
            return
        try:
            await self.check()
        except Overdue as problem:
            raise Unanswered(str(problem)) from None

    async def close(self) -> None:
        """Keep nothing: the server is everybody's."""


@dataclass(slots=True)
class RemoteEngine:
    """What runs one model elsewhere (port Engine); nothing is asked before the first run."""

    server: RemoteServer
    key: ModelKey
    name: str = field(default=NAME, init=False)

    async def open(self, content: bytes, facts: ModelFacts) -> ModelSession:
        """Make ready: a server that is away now may be there for the run."""
        return RemoteSession(self.server, self.key, facts)


async def what_lacks(server: RemoteServer, keys: Sequence[ModelKey]) -> str:
    """Say what the server lacks of these models, or that it is away; "" where it has them all."""
    try:
        await server.get("/v2/health/ready")
        missing = []
        for key in keys:
            try:
                await server.get(f"{_path(key)}/ready")
            except Refused:
                missing.append(str(key))
    except Unanswered as problem:
        return f"the server of inference.remote: {problem}"
    server.understood()
    return f"not served at inference.remote: {', '.join(missing)}" if missing else ""


def _path(key: ModelKey) -> str:
    # Names and versions are letters, digits and ._- alone.
    return f"/v2/models/{key.name}/versions/{key.version}"


def _is_overdue(problem: Refused) -> bool:
    return _read(problem.body, _Problem()).type.endswith(_OVERDUE)


def _read(said: bytes, otherwise: Read) -> Read:
    try:
        return msgspec.json.decode(said, type=type(otherwise))
    except msgspec.MsgspecError:
        return otherwise
