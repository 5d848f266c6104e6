"""Write down what is called of TensorRT and pycuda: no double works anything out.

There is no GPU where these tests run. What a double can show is the order of calls, what is
called with what, and that everything taken is given back; outputs are bytes that nobody wrote.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from types import ModuleType, SimpleNamespace
from typing import Any

import numpy as np

from domain.inference.tensors import Array


@dataclass(slots=True)
class Journal:
    """The calls in their order, what is held, and which of them are to fail."""

    calls: list[tuple[Any, ...]] = field(default_factory=list)
    held: set[str] = field(default_factory=set)
    fails: dict[str, Any] = field(default_factory=dict)
    pushed: int = 0
    made: int = 0

    def called(self, name: str, *what: Any, answer: Any = None) -> Any:
        """Write a call down; return what it is to, or raise it."""
        self.calls.append((name, *what))
        answer = self.fails.get(name, answer)
        if isinstance(answer, Exception):
            raise answer
        return answer

    def names(self) -> list[str]:
        """The names of the calls."""
        return [one[0] for one in self.calls]

    def hold(self, kind: str) -> str:
        """Name a thing that is held from now on."""
        self.made += 1
        name = f"{kind} {self.made}"
        self.held.add(name)
        return name


class Held:
    """Memory, a stream or a context that has to be given back."""

    def __init__(self, journal: Journal, kind: str) -> None:
        assert journal.pushed, f"a {kind} is taken outside the context"
        self.journal, self.name = journal, journal.hold(kind)
        self.handle = journal.made
        journal.calls.append((f"take {kind}", self.handle))

    def __int__(self) -> int:
        return self.handle

    def free(self) -> None:
        """Give it back, once."""
        self.journal.held.remove(self.name)
        self.journal.calls.append((f"free {self.name.split()[0]}", self.handle))

    def synchronize(self) -> None:
        """Wait."""
        self.journal.called("synchronize", self.handle)


def scripted_driver(journal: Journal) -> Any:
    """Return what stands for pycuda.driver."""

    def push() -> None:
        journal.pushed += 1

    def pop() -> None:
        journal.pushed -= 1

    def pinned(size: int, _: Any) -> Array:
        memory = Held(journal, "pinned")
        array = np.zeros(size, np.uint8).view(_WithBase)
        array.memory = memory
        return array

    def retain() -> Any:
        journal.hold("primary")
        return SimpleNamespace(push=push, detach=lambda: journal.held.remove("primary 1"))

    def copied(way: str) -> Callable[[Any, Any, Any], None]:
        def copy(dest: Any, src: Any, stream: Any) -> None:
            device, host = (dest, src) if way == "to device" else (src, dest)
            assert f"device {int(device)}" in journal.held
            journal.called(way, int(device), host.nbytes, stream.handle)

        return copy

    return SimpleNamespace(
        Device=lambda _: SimpleNamespace(retain_primary_context=retain),
        Context=SimpleNamespace(pop=pop),
        Stream=lambda: Held(journal, "stream"),
        mem_alloc=lambda size: journal.called("mem_alloc", size) or Held(journal, "device"),
        pagelocked_empty=pinned,
        memcpy_htod_async=copied("to device"),
        memcpy_dtoh_async=copied("to host"),
    )


class _WithBase(np.ndarray[Any, Any]):
    memory: Any = None

    @property
    def base(self) -> Any:
        """What gives the memory back."""
        return self.memory


class Execution:
    """What stands for a context of execution of x [n, 4] -> y [n, 2]."""

    def __init__(self, journal: Journal) -> None:
        self.journal, self.rows = journal, 0
        journal.called("create_execution_context")

    def set_optimization_profile_async(self, number: int, stream: int) -> bool:
        return bool(self.journal.called("profile", number, stream, answer=True))

    def set_input_shape(self, name: str, shape: tuple[int, ...]) -> bool:
        self.rows = shape[0]
        return bool(self.journal.called("set_input_shape", name, shape, answer=True))

    def set_tensor_address(self, name: str, address: int) -> bool:
        assert f"device {address}" in self.journal.held
        return bool(self.journal.called("set_tensor_address", name, address, answer=True))

    def infer_shapes(self) -> list[str]:
        found: list[str] = self.journal.called("infer_shapes", answer=[])
        return found

    def get_tensor_shape(self, name: str) -> tuple[int, ...]:
        found: tuple[int, ...] = self.journal.called("shape of", name, answer=(self.rows, 2))
        return found

    def execute_async_v3(self, stream: int) -> bool:
        return bool(self.journal.called("execute_async_v3", stream, answer=True))


def scripted_tensorrt(journal: Journal) -> Any:
    """Return what stands for the module tensorrt."""
    trt: Any = ModuleType("tensorrt")
    trt.__version__ = "10.14.1"
    trt.Logger = lambda _: "logger"
    trt.Logger.Severity = SimpleNamespace(ERROR=1)
    trt.TensorIOMode = SimpleNamespace(INPUT="in", OUTPUT="out")
    trt.MemoryPoolType = SimpleNamespace(WORKSPACE="workspace")
    trt.NetworkDefinitionCreationFlag = SimpleNamespace(STRONGLY_TYPED=1)
    trt.Dims = tuple
    trt.nptype = lambda _: np.float32
    engine = SimpleNamespace(
        num_io_tensors=2,
        get_tensor_name=lambda place: "xy"[place],
        get_tensor_mode=lambda name: "in" if name == "x" else "out",
        get_tensor_dtype=lambda _: "float",
        create_execution_context=lambda: Execution(journal),
    )
    trt.Runtime = lambda _: SimpleNamespace(
        deserialize_cuda_engine=lambda plan: journal.called("deserialize", plan, answer=engine)
    )
    _builder(trt, journal)
    return trt


def _builder(trt: Any, journal: Journal) -> None:
    inputs = [SimpleNamespace(name=one, is_shape_tensor=False) for one in "xz"]
    network = SimpleNamespace(num_inputs=2, get_input=lambda place: inputs[place], inputs=inputs)
    profile = SimpleNamespace(set_shape=lambda *what: journal.called("set_shape", *what))
    timings = SimpleNamespace(serialize=lambda: b"timings")
    config = SimpleNamespace(
        set_memory_pool_limit=lambda *what: journal.called("limit", *what),
        create_timing_cache=lambda given: given,
        set_timing_cache=lambda given, **_: journal.called("timing", given, answer=True),
        get_timing_cache=lambda: timings,
        add_optimization_profile=lambda _: journal.called("add profile", answer=0),
    )
    trt.Builder = lambda _: SimpleNamespace(
        create_network=lambda flags: journal.called("network", flags, answer=network),
        create_builder_config=lambda: config,
        create_optimization_profile=lambda: profile,
        build_serialized_network=lambda *_: journal.called("build", answer=b"plan"),
    )
    trt.OnnxParser = lambda *_: SimpleNamespace(
        parse=lambda content: journal.called("parse", content, answer=True),
        num_errors=1,
        get_error=lambda _: "no kernel for Frobnicate",
    )
