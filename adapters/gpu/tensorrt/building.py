"""Build an engine of a model; it runs in a process that does nothing else."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypedDict, cast

PROBLEM_MAX = 300
_PROBLEMS_MAX = 3


class Shapes(TypedDict):
    """The shapes of an input, as they go from process to process."""

    least: list[int]
    usual: list[int]
    most: list[int]


class CannotBuild(Exception):
    """TensorRT does not take the model; the message is its own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Built:
    """An engine's bytes, and what was learned about the speed of kernels on the way."""

    plan: bytes
    timing: bytes


def build_plan(
    content: bytes, *, dynamic: Mapping[str, Shapes], timing: bytes, workspace_bytes: int
) -> Built:
    """Return an engine for this machine's GPU; raises CannotBuild.

    The network is strongly typed: figures are worked out in the types that the model says, on
    TensorRT 10 as on 11, which knows nothing else.
    """
    import tensorrt as trt

    builder = trt.Builder(trt.Logger(trt.Logger.Severity.ERROR))
    network = builder.create_network(_strongly_typed())
    parser = trt.OnnxParser(network, trt.Logger(trt.Logger.Severity.ERROR))
    if not parser.parse(content):
        said = [str(parser.get_error(one)) for one in range(parser.num_errors)][:_PROBLEMS_MAX]
        raise CannotBuild("; ".join(said)[:PROBLEM_MAX] or "TensorRT cannot read the model")
    config = builder.create_builder_config()
    config.set_memory_pool_limit(trt.MemoryPoolType.WORKSPACE, workspace_bytes)
    if not config.set_timing_cache(config.create_timing_cache(timing), ignore_mismatch=False):
        # Of another TensorRT or GPU after all: the kernels are timed anew.
        config.set_timing_cache(config.create_timing_cache(b""), ignore_mismatch=False)
    profile = builder.create_optimization_profile()
    for place in range(network.num_inputs):
        given = network.get_input(place)
        if given.is_shape_tensor:
            raise CannotBuild(f"the input {given.name!r} says the shape of others")
        if (shapes := dynamic.get(given.name)) is not None:
            profile.set_shape(
                given.name,
                trt.Dims(shapes["least"]),
                trt.Dims(shapes["usual"]),
                trt.Dims(shapes["most"]),
            )
    if dynamic and config.add_optimization_profile(profile) < 0:
        raise CannotBuild("TensorRT does not take the profile of its inputs")
    # The types promise one; TensorRT returns None where it has no kernels for the network.
    plan = cast("trt.IHostMemory | None", builder.build_serialized_network(network, config))
    if plan is None:
        raise CannotBuild("TensorRT could not build an engine of it")
    return Built(plan=bytes(plan), timing=bytes(config.get_timing_cache().serialize()))


def _strongly_typed() -> int:
    """Return the flags of a strongly typed network: none on TensorRT 11, which has no others."""
    import tensorrt as trt

    flag = getattr(trt.NetworkDefinitionCreationFlag, "STRONGLY_TYPED", None)
    return 0 if flag is None else 1 << int(flag)
