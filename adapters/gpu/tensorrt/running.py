"""Run an engine that was built; it runs in a process that is killed when it takes too long."""

import threading
from typing import Any, cast

import numpy as np

from adapters.gpu.tensorrt.device import Buffer, CudaStream, Driver, current
from domain.inference.tensors import Array, Arrays


class CannotRun(Exception):
    """TensorRT or the device failed; whether the process can go on is not known."""


class PlanRunner:
    """An engine on a device.

    Each thread that runs it has a context of execution, a stream and buffers of its own, kept
    until it is closed.
    """

    def __init__(self, plan: bytes, *, driver: Driver, device: int = 0) -> None:
        """Take what PlanStore proved to be ours; raises CannotRun and pycuda's errors."""
        import tensorrt as trt

        self._driver = driver
        self._primary = driver.Device(device).retain_primary_context()
        self._lanes: dict[int, _Lane] = {}
        self._lanes_lock = threading.Lock()
        try:
            with current(driver, self._primary):
                self._runtime: Any = trt.Runtime(trt.Logger(trt.Logger.Severity.ERROR))
                # The types promise one; TensorRT returns None for a plan of another version.
                self._engine: Any = self._runtime.deserialize_cuda_engine(plan)
        except BaseException:
            self._primary.detach()
            raise
        if self._engine is None:
            self._primary.detach()
            raise CannotRun("TensorRT does not take the engine that was kept")

    def run(self, inputs: Arrays) -> Arrays:
        """Return the outputs; raises CannotRun and pycuda's errors."""
        with current(self._driver, self._primary):
            thread = threading.get_ident()
            with self._lanes_lock:
                lane = self._lanes.get(thread)
                if lane is None:
                    lane = self._lanes[thread] = _Lane(self._engine, driver=self._driver)
            return lane.run(inputs)

    def close(self) -> None:
        """Give all of it back, what stands on another thing before that."""
        with current(self._driver, self._primary):
            while self._lanes:
                self._lanes.popitem()[1].close()
            self._engine = self._runtime = None
        self._primary.detach()


class _Lane:
    """A context of execution with its stream and buffers: one thread's."""

    def __init__(self, engine: Any, *, driver: Driver) -> None:
        import tensorrt as trt

        typed = cast("trt.ICudaEngine", engine)
        self._driver = driver
        self._stream: CudaStream = driver.Stream()
        context = cast("trt.IExecutionContext | None", typed.create_execution_context())
        if context is None:
            raise CannotRun("TensorRT has no memory for another context of execution")
        self._context: Any = context
        if not context.set_optimization_profile_async(0, self._stream.handle):
            raise CannotRun("TensorRT does not take the profile of its inputs")
        self._buffers: dict[str, Buffer] = {}
        names = [typed.get_tensor_name(place) for place in range(typed.num_io_tensors)]
        self._kinds = {
            name: np.dtype(cast("Any", trt).nptype(typed.get_tensor_dtype(name))) for name in names
        }
        self._outputs = [
            name for name in names if typed.get_tensor_mode(name) == trt.TensorIOMode.OUTPUT
        ]
        self._inputs = [name for name in names if name not in self._outputs]

    def run(self, inputs: Arrays) -> Arrays:
        """Send the inputs, run, and fetch the outputs: all on one stream, waited for once."""
        import tensorrt as trt

        context = cast("trt.IExecutionContext", self._context)
        for name in self._inputs:
            self._give(name, np.ascontiguousarray(inputs[name], self._kinds[name]))
        if lacking := context.infer_shapes():
            raise CannotRun(f"TensorRT does not know the shape of {', '.join(lacking)}")
        shapes: dict[str, tuple[int, ...]] = {}
        for name in self._outputs:
            found = context.get_tensor_shape(name)
            shapes[name] = tuple(found[place] for place in range(len(found)))
        for name, shape in shapes.items():
            if any(one < 0 for one in shape):
                raise CannotRun(f"the shape of {name!r} depends on the figures themselves")
            self._place(name, _bytes_of(shape, self._kinds[name]))
        if not context.execute_async_v3(self._stream.handle):
            raise CannotRun("TensorRT could not run it")
        for name, shape in shapes.items():
            self._buffers[name].fetch(_bytes_of(shape, self._kinds[name]), self._stream)
        self._stream.synchronize()
        return {
            name: self._buffers[name].array(self._kinds[name], shape)
            for name, shape in shapes.items()
        }

    def close(self) -> None:
        """Give back its memory once nothing of it is in use."""
        self._stream.synchronize()
        self._context = None
        while self._buffers:
            self._buffers.popitem()[1].free()

    def _give(self, name: str, array: Array) -> None:
        import tensorrt as trt

        context = cast("trt.IExecutionContext", self._context)
        if not context.set_input_shape(name, array.shape):
            raise CannotRun(f"TensorRT does not take the shape {list(array.shape)} of {name!r}")
        self._place(name, array.nbytes)
        self._buffers[name].send(array, self._stream)

    def _place(self, name: str, size: int) -> None:
        """Have a buffer that is large enough, and say where it lies."""
        import tensorrt as trt

        context = cast("trt.IExecutionContext", self._context)
        held = self._buffers.get(name)
        if held is None or held.size < size:
            if held is not None:
                del self._buffers[name]
                held.free()
            held = self._buffers[name] = Buffer.of(self._driver, size)
        if not context.set_tensor_address(name, int(held.device)):
            raise CannotRun(f"TensorRT does not take the address of {name!r}")


def _bytes_of(shape: tuple[int, ...], kind: np.dtype[Any]) -> int:
    return int(np.prod(shape, dtype=np.int64)) * kind.itemsize
