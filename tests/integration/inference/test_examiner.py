"""Files that nobody trusts are looked at apart from the server, and refused by name."""

from collections.abc import Callable

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper

from adapters.compute.onnx.cpu import OnnxCpuEngine
from adapters.compute.onnx.examiner import OnnxExaminer
from adapters.compute.onnx.process import MEBIBYTE
from domain.inference.tensors import TensorSpec
from ports.inference import ModelRefused
from tests.integration.inference.models import MODELS, build, bytes_of, mlp, tensor


async def test_what_is_found_out_of_a_sound_model() -> None:
    content = bytes_of(mlp())
    facts = (await OnnxExaminer().examine(content)).facts
    assert facts.inputs == (TensorSpec("x", "FP32", (None, 32)),)
    assert facts.outputs == (TensorSpec("y", "FP32", (None, 3)),)
    assert (facts.engine, facts.single, facts.converted_from, facts.opset) == ("cpu", "", None, 21)
    assert facts.size_bytes == len(content)
    assert facts.memory_bytes >= len(content)


@pytest.mark.parametrize(
    ("name", "single"),
    [
        ("mlp", ""),
        ("embedding", ""),
        ("strings", ""),
        ("doubles", ""),
        ("mixing", "rows of 'y' change with the rows beside them"),
        ("sequences", "'s' is a sequence: it has no rows"),
        ("endless", "the first axis of 'goes_on' is not of any length"),
    ],
)
async def test_rows_are_put_together_only_where_that_is_proven(name: str, single: str) -> None:
    assert (await OnnxExaminer().examine(bytes_of(MODELS[name]()))).facts.single == single


async def test_an_old_opset_is_converted_and_said_to_be() -> None:
    old = build(
        [helper.make_node("BatchNormalization", ["x", "s", "b", "m", "v"], ["y"], is_test=1)],
        [tensor("x", TensorProto.FLOAT, [2, 3, 4, 4])],
        [tensor("y", TensorProto.FLOAT, [2, 3, 4, 4])],
        opset=6,
        s=np.full(3, 2, np.float32),
        b=np.ones(3, np.float32),
        m=np.zeros(3, np.float32),
        v=np.ones(3, np.float32),
    )
    names = [one.name for one in old.graph.initializer]
    old.graph.input.extend(tensor(one, TensorProto.FLOAT, [3]) for one in names)
    found = await OnnxExaminer().examine(bytes_of(old))
    assert (found.facts.converted_from, found.facts.engine) == (6, "cpu")
    session = await OnnxCpuEngine().open(found.content, found.facts)
    given = np.random.default_rng(1).normal(0, 1, (2, 3, 4, 4)).astype(np.float32)
    wanted = 2 * given / np.sqrt(np.float32(1 + 1e-5)) + 1
    np.testing.assert_allclose((await session.run({"x": given}))["y"], wanted, atol=1e-5)


async def test_what_has_no_kernel_runs_on_the_reference_evaluator_and_is_said_to() -> None:
    # ONNX Runtime has no Det of doubles.
    model = build(
        [helper.make_node("Det", ["x"], ["y"])],
        [tensor("x", TensorProto.DOUBLE, ["n", 3, 3])],
        [tensor("y", TensorProto.DOUBLE, ["n"])],
    )
    facts = (await OnnxExaminer().examine(bytes_of(model))).facts
    assert facts.engine == "reference"
    assert facts.without.startswith("cpu: ")
    assert "Det" in facts.without


def external(location: str) -> bytes:
    model = mlp()
    held = model.graph.initializer[0]
    held.ClearField("raw_data")
    held.data_location = TensorProto.EXTERNAL
    held.external_data.add(key="location", value=location)
    return bytes_of(model)


def external_inside() -> bytes:
    weight = TensorProto(name="w", data_type=TensorProto.FLOAT, dims=[1])
    weight.data_location = TensorProto.EXTERNAL
    weight.external_data.add(key="location", value="../secret")
    node = helper.make_node("Constant", [], ["y"])
    node.attribute.append(helper.make_attribute("value", weight))
    node.attribute[0].t.data_location = TensorProto.EXTERNAL
    return bytes_of(build([node], [], [tensor("y", TensorProto.FLOAT, [1])]))


def filled(*shape: int) -> bytes:
    """A few bytes that fill memory as soon as they are loaded or run."""
    nodes = [
        helper.make_node("ConstantOfShape", ["shape"], ["big"]),
        helper.make_node("Add", ["big", "x"], ["y"]),
    ]
    return bytes_of(
        build(
            nodes,
            [tensor("x", TensorProto.FLOAT, [1])],
            [tensor("y", TensorProto.FLOAT, ["n", "m"])],
            shape=np.array(shape),
        )
    )


def node_of(op: str, domain: str = "", opset: int = 1) -> bytes:
    model = build(
        [helper.make_node(op, ["x"], ["y"], domain=domain)],
        [tensor("x", TensorProto.FLOAT, ["n"])],
        [tensor("y", TensorProto.FLOAT, ["n"])],
    )
    if domain:
        model.opset_import.append(helper.make_opsetid(domain, opset))
    return bytes_of(model)


def sequences_within() -> bytes:
    """A list of lists, as the standard's types allow."""
    inner = helper.make_sequence_type_proto(helper.make_tensor_type_proto(TensorProto.FLOAT, ["n"]))
    value = helper.make_value_info("s", helper.make_sequence_type_proto(inner))
    node = helper.make_node("SequenceLength", ["s"], ["y"])
    return bytes_of(build([node], [value], [tensor("y", TensorProto.INT64, [])]))


def optional() -> bytes:
    inner = helper.make_tensor_type_proto(TensorProto.FLOAT, ["n"])
    value = helper.make_value_info("s", helper.make_optional_type_proto(inner))
    node = helper.make_node("OptionalGetElement", ["s"], ["y"])
    return bytes_of(build([node], [value], [tensor("y", TensorProto.FLOAT, ["n"])]))


def typed(kind: int) -> bytes:
    return bytes_of(
        build(
            [helper.make_node("Identity", ["x"], ["y"])],
            [tensor("x", kind, ["n"])],
            [tensor("y", kind, ["n"])],
        )
    )


def changed(change: Callable[[onnx.ModelProto], object]) -> bytes:
    model = mlp()
    change(model)
    return bytes_of(model)


def unordered(model: onnx.ModelProto) -> None:
    model.graph.node.insert(0, model.graph.node.pop())


HOSTILE = {
    "empty": (b"", "is no ONNX file"),
    "text": (b"not a model", "is no ONNX file"),
    "pickle": (b"\x80\x04\x95\x10\x00\x00\x00\x00\x00\x00\x00.", "is no ONNX file"),
    "cut off": (bytes_of(mlp())[:-500], "is no ONNX file"),
    "cut in half": (bytes_of(mlp())[:400], "is no ONNX file"),
    "traversal": (external("../../../etc/passwd"), "keeps weights in another file"),
    "absolute": (external("/etc/passwd"), "keeps weights in another file"),
    "beside it": (external("weights.bin"), "keeps weights in another file"),
    "inside a node": (external_inside(), "keeps weights in another file"),
    "bomb of 400 GB": (filled(100_000, 1_000_000), "MiB to load or run"),
    "bomb of 4 GB": (filled(1_000, 1_000_000), "MiB to load or run"),
    "unknown operator": (node_of("Nonsense"), "no sound model"),
    "unknown domain": (node_of("Nonsense", "com.example"), "no engine can run it"),
    "training": (node_of("Momentum", "ai.onnx.preview.training"), "graph for training"),
    "sequence of sequences": (sequences_within(), "no sound model|sequence of what is no tensor"),
    "option": (optional(), "neither a tensor nor a sequence"),
    "complex": (typed(TensorProto.COMPLEX64), "of a type that no request can say"),
    "bfloat16": (typed(TensorProto.BFLOAT16), "of a type that no request can say"),
    "opset of the future": (
        changed(lambda model: setattr(model.opset_import[0], "version", 9_999)),
        "is of opset 9999",
    ),
    "nodes out of order": (changed(unordered), "no sound model"),
    "no outputs named": (changed(lambda model: model.graph.node.pop()), "no sound model"),
    "weights cut off": (
        changed(lambda model: setattr(model.graph.initializer[0], "raw_data", b"\0\0\0\0")),
        "is no sound model|no engine can run it",
    ),
}


@pytest.mark.parametrize("name", HOSTILE)
async def test_a_hostile_file_is_refused_by_name_and_the_next_is_served(name: str) -> None:
    content, why = HOSTILE[name]
    examiner = OnnxExaminer(memory_bytes=512 * MEBIBYTE)
    with pytest.raises(ModelRefused, match=why):
        await examiner.examine(content)


async def test_a_file_larger_than_the_budget_is_not_looked_at() -> None:
    with pytest.raises(ModelRefused, match="more than 1 MiB"):
        await OnnxExaminer(memory_bytes=MEBIBYTE).examine(b"\0" * (MEBIBYTE + 1))


async def test_a_look_that_takes_too_long_is_given_up() -> None:
    with pytest.raises(ModelRefused, match="to load"):
        await OnnxExaminer(within_s=0.01).examine(bytes_of(mlp()))


async def test_a_model_that_never_ends_by_itself_is_known_and_not_put_together() -> None:
    model = MODELS["endless"]()
    model.graph.initializer.append(onnx.numpy_helper.from_array(np.array(True), "goes_on"))
    model.graph.ClearField("input")
    facts = (await OnnxExaminer().examine(bytes_of(model))).facts
    assert (facts.inputs, facts.engine) == ((), "cpu")
    assert facts.single
