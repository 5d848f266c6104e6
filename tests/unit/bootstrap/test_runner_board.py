"""The health board says which model is refused, and which runs on another engine."""

from bootstrap.inference.board import RunnerBoard
from domain.inference.model import ModelKey
from ports.health import ComponentState
from tests.unit.application.inference.models import serving, times

NET, MIX = ModelKey("net", "1"), ModelKey("mix", "2")


async def test_what_is_wrong_is_told_until_it_is_right_again() -> None:
    told: list[tuple[str, str]] = []
    board = RunnerBoard()
    board.refused(MIX, "mix/2: has no graph")
    assert told == []
    board.show(lambda state, why: told.append((state.value, why)))
    board.fell_back(NET, "cuda", "cpu", "out of memory")
    board.recovered(NET)
    served = serving({"mix/3": times(1)})
    board.loaded(await served.models.load(ModelKey("mix", "3")))
    # Nothing was wrong with it: nothing is told.
    board.gone(MIX)
    board.fell_back(NET, "cpu", "reference", "no kernel")
    board.gone(NET)
    board.missing("needs onnx")
    degraded, up = ComponentState.DEGRADED.value, ComponentState.UP.value
    assert told == [
        (degraded, "mix/2: has no graph"),
        (degraded, "mix/2: has no graph; net/1 fell back from cuda to cpu: out of memory"),
        (degraded, "mix/2: has no graph"),
        (up, ""),
        (degraded, "net/1 fell back from cpu to reference: no kernel"),
        (up, ""),
        (degraded, "needs onnx"),
    ]


def test_what_another_process_lacks_is_told_beside_the_rest() -> None:
    told: list[tuple[str, str]] = []
    board = RunnerBoard()
    board.show(lambda state, why: told.append((state.value, why)))
    board.lacking("not served at inference.remote: net/1")
    board.lacking("not served at inference.remote: net/1")
    board.fell_back(NET, "remote", "cpu", "it answers 404")
    board.lacking("")
    board.recovered(NET)
    degraded, up = ComponentState.DEGRADED.value, ComponentState.UP.value
    lacks = "not served at inference.remote: net/1"
    fell = "net/1 fell back from remote to cpu: it answers 404"
    assert told == [
        (up, ""),
        (degraded, lacks),
        (degraded, f"{lacks}; {fell}"),
        (degraded, fell),
        (up, ""),
    ]
