"""Profiles follow from what a model says of its inputs."""

import numpy as np
import pytest

from adapters.gpu.tensorrt.profiles import DATATYPES, ShapeRange, profile_of, why_unsupported
from domain.inference.model import ModelFacts
from domain.inference.tensors import DATATYPES as ALL
from domain.inference.tensors import TensorSpec

IDS = TensorSpec("ids", "INT64", (None, None))
IMAGE = TensorSpec("image", "FP32", (None, 3, 224, 224))
FIXED = TensorSpec("fixed", "FP32", (4, 8))
SCALAR = TensorSpec("scalar", "BOOL", ())


def facts(*, inputs: tuple[TensorSpec, ...], outputs: tuple[TensorSpec, ...]) -> ModelFacts:
    return ModelFacts(
        sha256="",
        inputs=inputs,
        outputs=outputs,
        opset=21,
        size_bytes=1,
        memory_bytes=1,
        engine="cpu",
        single="",
    )


def test_rows_go_from_one_to_32_and_lengths_to_512() -> None:
    profile = profile_of([IDS, IMAGE, FIXED, SCALAR])
    assert profile.ranges == {
        "ids": ShapeRange((1, 1), (32, 128), (32, 512)),
        "image": ShapeRange((1, 3, 224, 224), (32, 3, 224, 224), (32, 3, 224, 224)),
        "fixed": ShapeRange((4, 8), (4, 8), (4, 8)),
        "scalar": ShapeRange((), (), ()),
    }
    # TensorRT takes no profile for an input that has one shape only.
    assert set(profile.dynamic) == {"ids", "image"}


def test_other_shapes_have_another_label_and_the_same_the_same() -> None:
    labels = {profile_of(one).label for one in ([IDS], [IMAGE], [IDS, IMAGE], [FIXED])}
    assert len(labels) == 4
    assert profile_of([IDS, IMAGE]).label == profile_of([IMAGE, IDS]).label


@pytest.mark.parametrize(
    ("shape", "told"),
    [
        ((1, 1), ""),
        ((32, 512), ""),
        ((33, 4), "[33, 4]"),
        ((0, 4), "[0, 4]"),
        ((4, 513), "[4, 513]"),
        ((4,), "[4]"),
    ],
)
def test_a_shape_outside_is_named(shape: tuple[int, ...], told: str) -> None:
    why = profile_of([IDS]).why_outside({"ids": np.zeros(shape, np.int64)})
    assert bool(why) == bool(told)
    assert told in why
    assert not why or ("'ids'" in why and "[1, 1]..[32, 512]" in why)


@pytest.mark.parametrize("datatype", ALL)
def test_figures_that_tensorrt_has_no_kind_of_are_refused_by_name(datatype: str) -> None:
    spec = TensorSpec("it", datatype, (None, 4))
    as_input = why_unsupported(facts(inputs=(spec,), outputs=(FIXED,)))
    as_output = why_unsupported(facts(inputs=(FIXED,), outputs=(spec,)))
    if datatype in DATATYPES:
        assert (as_input, as_output) == ("", "")
    else:
        assert f"the input 'it' is of {datatype}" in as_input
        assert f"the output 'it' is of {datatype}" in as_output
    assert {"BYTES", "FP64"}.isdisjoint(DATATYPES)
