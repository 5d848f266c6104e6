"""Run one model on the first engine that can, and tell when that is not the first one asked."""

from collections.abc import Iterator, Mapping, Sequence

from application.inference.observer import ModelObserver
from domain.inference.model import ModelKey
from domain.inference.tensors import Arrays
from ports.inference import (
    Engine,
    EngineMissing,
    Examined,
    InputsRefused,
    ModelRefused,
    ModelSession,
    PlacedSession,
    RunFailed,
)


class EngineChain:
    """The engines of one model, in the order in which they are asked; each opened when needed."""

    def __init__(
        self,
        key: ModelKey,
        examined: Examined,
        *,
        engines: Sequence[Engine],
        run_s_max: float,
        told: ModelObserver,
    ) -> None:
        self._key = key
        self._examined = examined
        self._engines = engines
        self._run_s_max = run_s_max
        self._told = told
        self._sessions: dict[str, ModelSession] = {}
        # What ran last, and why those in front of the first could not.
        self.engine = ""
        self.without = ""
        self.fell_back = 0

    async def start(self) -> None:
        """Open the first engine that takes the model; raises ModelRefused, EngineMissing."""
        problems: list[str] = []
        for place, engine in enumerate(self._engines):
            try:
                session = await self._session(engine)
            except (ModelRefused, EngineMissing) as problem:
                problems.append(f"{engine.name}: {problem}")
                continue
            # What cannot take the model is not asked again with each run.
            self._engines = self._engines[place:]
            problems.extend(_elsewhere(engine.name, session))
            self.engine, self.without = engine.name, "; ".join(problems)
            return
        raise ModelRefused("; ".join(problems) or "no engine is allowed to run it")

    @property
    def first(self) -> str:
        """The engine that is asked first."""
        return self._engines[0].name

    @property
    def nodes(self) -> Mapping[str, int]:
        """How many nodes of the model run where, on the engine that ran last; none if untold."""
        return _nodes(self._sessions.get(self.engine))

    async def run(self, inputs: Arrays) -> Arrays:
        """Return the outputs; raises RunFailed with what each engine said, RunOverdue."""
        problems: list[str] = []
        for place, engine in enumerate(self._engines):
            try:
                session = await self._session(engine)
                found = await session.run(inputs, timeout_s=self._run_s_max)
            except InputsRefused:
                raise
            except EngineMissing as problem:
                # It is not here at all: nothing falls back from it.
                problems.append(f"{engine.name}: {problem}")
                continue
            except (RunFailed, ModelRefused) as problem:
                problems.append(f"{engine.name}: {problem}")
                if place + 1 < len(self._engines):
                    self.fell_back += 1
                    following = self._engines[place + 1].name
                    self._told.fell_back(self._key, engine.name, following, str(problem))
                continue
            if place == 0 and self.engine != engine.name:
                self._told.recovered(self._key)
            self.engine = engine.name
            return found
        raise RunFailed("; ".join(problems))

    async def close(self) -> None:
        """Close every session."""
        while self._sessions:
            _, session = self._sessions.popitem()
            await session.close()

    async def _session(self, engine: Engine) -> ModelSession:
        found = self._sessions.get(engine.name)
        if found is None:
            found = await engine.open(self._examined.content, self._examined.facts)
            self._sessions[engine.name] = found
        return found


def _nodes(session: object) -> Mapping[str, int]:
    return session.nodes if isinstance(session, PlacedSession) else {}


def _elsewhere(name: str, session: ModelSession) -> Iterator[str]:
    """Yield what of a model does not run where it was asked to."""
    nodes = _nodes(session)
    for place, count in sorted(nodes.items()):
        if place != name:
            yield f"{name}: {count} of {sum(nodes.values())} nodes run on {place}"
