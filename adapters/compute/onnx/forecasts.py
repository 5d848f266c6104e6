"""Write a trained forecast as ONNX: the scaling inside, its terms and report as metadata."""

import json
from dataclasses import asdict

import numpy as np

from adapters.compute.onnx.process import check_installed
from domain.inference.forecast import TERMS
from domain.inference.tensors import Array
from domain.inference.training import TrainedForecast

# Read by every ONNX Runtime of the last years; the model needs nothing newer.
_OPSET, _IR = 13, 8


def forecast_model(trained: TrainedForecast) -> bytes:
    """Return a model of `features` [n, k] to `forecast` [n, 1], FP32; raises EngineMissing."""
    check_installed()
    from onnx import TensorProto, helper, numpy_helper

    ridge, width = trained.ridge, len(trained.terms.features)
    held: dict[str, Array] = {
        "mean": ridge.mean,
        "scale": ridge.scale,
        "weights": ridge.weights[:, None],
        "intercept": np.array([ridge.intercept]),
    }
    # The features' own digits are worth more than their product's: only its end is single.
    graph = helper.make_graph(
        [
            helper.make_node("Cast", ["features"], ["wide"], to=TensorProto.DOUBLE),
            helper.make_node("Sub", ["wide", "mean"], ["moved"]),
            helper.make_node("Div", ["moved", "scale"], ["standard"]),
            helper.make_node("MatMul", ["standard", "weights"], ["weighed"]),
            helper.make_node("Add", ["weighed", "intercept"], ["whole"]),
            helper.make_node("Cast", ["whole"], ["forecast"], to=TensorProto.FLOAT),
        ],
        "ridge",
        [helper.make_tensor_value_info("features", TensorProto.FLOAT, ["n", width])],
        [helper.make_tensor_value_info("forecast", TensorProto.FLOAT, ["n", 1])],
        [numpy_helper.from_array(one.astype(np.float64), name) for name, one in held.items()],
    )
    model = helper.make_model(
        graph, opset_imports=[helper.make_opsetid("", _OPSET)], ir_version=_IR
    )
    report = {
        "out_of_sample": asdict(trained.whole),
        "folds": [asdict(one) for one in trained.folds],
        "rows": trained.rows,
    }
    helper.set_model_props(
        model, {TERMS: trained.terms.metadata(), "ballast.report": json.dumps(report)}
    )
    content: bytes = model.SerializeToString()
    return content
