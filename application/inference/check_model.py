"""Run a model on recorded inputs, and compare what it says with what was recorded."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from application.inference.chain import EngineChain
from application.inference.observer import ModelObserver
from domain.inference.comparing import Difference, differences
from domain.inference.model import ModelFacts, ModelKey
from domain.inference.tensors import Arrays, checked_inputs
from ports.inference import RUN_S_MAX, Engine, Examiner


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedRun:
    """Inputs, and the outputs that were recorded for them."""

    name: str
    inputs: Arrays
    outputs: Arrays


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedRun:
    """A recorded run as it came out here, and on which engine."""

    name: str
    engine: str
    outputs: Sequence[Difference]


class CheckModel:
    """Opens a model for as long as it is checked, as the server would."""

    def __init__(self, *, examiner: Examiner, engines: Sequence[Engine]) -> None:
        self._examiner = examiner
        self._engines = engines

    async def check(
        self,
        key: ModelKey,
        content: bytes,
        recorded: Callable[[ModelFacts], Iterable[RecordedRun]],
        *,
        tolerances: Mapping[str, float],
    ) -> Sequence[CheckedRun]:
        """Run each; raises ModelRefused, EngineMissing, InvalidValue, RunFailed, RunOverdue.

        recorded reads the runs, once it is known what the model takes.
        """
        examined = await self._examiner.examine(content)
        facts = examined.facts
        names = [one.name for one in self._engines]
        chain = EngineChain(
            key,
            examined,
            engines=self._engines[names.index(facts.engine) if facts.engine in names else 0 :],
            run_s_max=RUN_S_MAX,
            told=ModelObserver(),
        )
        await chain.start()
        try:
            checked = []
            for one in recorded(facts):
                found = await chain.run(checked_inputs(one.inputs, facts.inputs))
                told = differences(
                    found,
                    one.outputs,
                    names=[each.name for each in facts.outputs],
                    **tolerances,
                )
                checked.append(CheckedRun(name=one.name, engine=chain.engine, outputs=told))
            return checked
        finally:
            await chain.close()
