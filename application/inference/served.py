"""Hold what belongs to a model that is served."""

from dataclasses import dataclass, replace
from datetime import datetime

from application.inference.chain import EngineChain
from application.inference.queue import ModelQueue
from domain.inference.model import ModelFacts, ModelKey, ServedModel
from domain.inference.tensors import Arrays


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundModel:
    """A model of the folder: its versions, what is served of it, and why nothing is."""

    name: str
    versions: tuple[str, ...]
    served: ServedModel | None
    problem: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RunResult:
    """What a run gave, and on what."""

    key: ModelKey
    facts: ModelFacts
    engine: str
    outputs: Arrays


@dataclass(slots=True, kw_only=True)
class Running:
    """A version with its engines and its queue."""

    key: ModelKey
    facts: ModelFacts
    chain: EngineChain
    queue: ModelQueue
    loaded_at: datetime
    pinned: bool
    used_at: float

    async def retire(self) -> None:
        """Answer who waits, then close."""
        await self.queue.finish()
        await self.chain.close()

    def shown(self) -> ServedModel:
        """Return it as it stands."""
        return ServedModel(
            key=self.key,
            facts=self.facts,
            loaded_at=self.loaded_at,
            pinned=self.pinned,
            engine=self.chain.engine,
            first=self.chain.first,
            without="; ".join(filter(None, (self.chain.without, self.facts.without))),
            figures=replace(self.queue.figures, fell_back=self.chain.fell_back),
            nodes=self.chain.nodes,
        )
