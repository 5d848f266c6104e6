"""Name what is used of pycuda, which ships no types, and hold buffers on both sides of the bus.

Everything works in the primary context of the device, the one that TensorRT works in: a second
one gives "invalid resource handle". It is pushed and popped around use in each thread.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Protocol, cast

import numpy as np

from domain.inference.tensors import Array


class CudaStream(Protocol):
    """A queue of work on the device."""

    @property
    def handle(self) -> int:
        """Its address."""
        ...

    def synchronize(self) -> None:
        """Wait until all of it is done; raises what went wrong on the way."""
        ...


class Allocation(Protocol):
    """Memory of the device, or of the host that the device reads by itself."""

    def __int__(self) -> int: ...

    def free(self) -> None:
        """Give it back."""
        ...


class PrimaryContext(Protocol):
    """The context that all libraries of a process share."""

    def push(self) -> None:
        """Make it the current one of this thread."""
        ...

    def detach(self) -> None:
        """Let go of it."""
        ...


class CudaDevice(Protocol):
    """One GPU."""

    def name(self) -> str:
        """What its maker calls it."""
        ...

    def compute_capability(self) -> tuple[int, int]:
        """Return the kind of its cores."""
        ...

    def retain_primary_context(self) -> PrimaryContext:
        """Return the shared context."""
        ...


class Driver(Protocol):
    """The functions of pycuda.driver that are called here."""

    @property
    def Context(self) -> Any:  # noqa: N802 - it is called so
        """The class of contexts: its pop() leaves the current one."""
        ...

    def init(self) -> None:
        """Find the driver and its devices."""
        ...

    def get_driver_version(self) -> int:
        """Return the newest CUDA that the driver knows of."""
        ...

    def Device(self, number: int) -> CudaDevice:  # noqa: N802 - it is called so
        """Return a device."""
        ...

    def Stream(self) -> CudaStream:  # noqa: N802 - it is called so
        """Make a stream."""
        ...

    def mem_alloc(self, size: int) -> Allocation:
        """Take memory of the device."""
        ...

    def pagelocked_empty(self, shape: int, dtype: Any) -> Array:
        """Take memory of the host that is never paged out; its `base` gives it back."""
        ...

    def memcpy_htod_async(self, dest: Any, src: Any, stream: CudaStream) -> None:
        """Copy to the device, some time soon."""
        ...

    def memcpy_dtoh_async(self, dest: Any, src: Any, stream: CudaStream) -> None:
        """Copy to the host, some time soon."""
        ...


def load_driver() -> Driver:
    """Return pycuda's driver API, ready; raises ImportError and pycuda's errors.

    Never pycuda.autoinit or make_context: they make a context of their own.
    """
    import pycuda.driver

    driver = cast("Driver", pycuda.driver)
    driver.init()
    return driver


@contextmanager
def current(driver: Driver, context: PrimaryContext) -> Iterator[None]:
    """Make the context this thread's for as long as the block runs."""
    context.push()
    try:
        yield
    finally:
        driver.Context.pop()


@dataclass(slots=True)
class Buffer:
    """Memory of one input or output, the same size pinned on the host and on the device.

    It outlives the call that it was taken for: what is still copied has a place to go.
    """

    driver: Driver
    size: int
    host: Array
    device: Allocation

    @classmethod
    def of(cls, driver: Driver, size: int) -> "Buffer":
        """Take both, at least a byte."""
        size = max(size, 1)
        host = driver.pagelocked_empty(size, np.uint8)
        try:
            return cls(driver, size, host, driver.mem_alloc(size))
        except BaseException:
            _unpin(host)
            raise

    def send(self, array: Array, stream: CudaStream) -> None:
        """Copy an array there."""
        count = array.nbytes
        self.host[:count] = np.frombuffer(array.tobytes(), np.uint8)
        if count:
            self.driver.memcpy_htod_async(self.device, self.host[:count], stream)

    def fetch(self, count: int, stream: CudaStream) -> None:
        """Ask for so many bytes back; they are there once the stream was waited for."""
        if count:
            self.driver.memcpy_dtoh_async(self.host[:count], self.device, stream)

    def array(self, dtype: np.dtype[Any], shape: tuple[int, ...]) -> Array:
        """Return a copy of what came back."""
        count = int(np.prod(shape, dtype=np.int64)) * dtype.itemsize
        return np.frombuffer(self.host[:count].tobytes(), dtype).reshape(shape)

    def free(self) -> None:
        """Give both back."""
        self.device.free()
        _unpin(self.host)


def _unpin(host: Array) -> None:
    held: Any = host.base
    held.free()
