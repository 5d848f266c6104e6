"""An independent client of the Open Inference Protocol talks to a real server, as it comes.

tritonclient (https://github.com/triton-inference-server/client, BSD-3-Clause) is NVIDIA's own; it
sends tensors by the protocol's binary extension unless it is told not to.
"""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tritonclient.http as triton
import tritonclient.http.aio as triton_aio
from onnx import TensorProto, helper
from tritonclient.utils import InferenceServerException

from domain.inference.tensors import Arrays
from tests.contracts.inference import FUNCTIONS, IN, rows, same
from tests.integration.bootstrap.processes import ballast, served
from tests.integration.inference.models import MODELS, build, bytes_of, tensor

pytestmark = pytest.mark.timeout(240)

NAMES = ("mlp", "embedding", "strings", "doubles", "mixing")


@dataclass(frozen=True)
class Door:
    """Where a server answers, and its owner's token."""

    url: str
    token: str

    @property
    def headers(self) -> dict[str, str]:
        """A dictionary of its own for each request: the client adds to it."""
        return {"Authorization": f"Bearer {self.token}"}

    def client(self) -> triton.InferenceServerClient:
        """Return a client, as its documents make one."""
        return triton.InferenceServerClient(self.url)


def loud() -> bytes:
    """Texts that go through as they are."""
    text = TensorProto.STRING
    model = build(
        [helper.make_node("Identity", ["texts"], ["said"])],
        [tensor("texts", text, ["n", 2])],
        [tensor("said", text, ["n", 2])],
    )
    return bytes_of(model)


@pytest.fixture(scope="module")
def door(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Door]:
    """A server with the models of the engines' contract."""
    place = tmp_path_factory.mktemp("triton")
    for name in NAMES:
        put(place / "models" / name, bytes_of(MODELS[name]()))
    put(place / "models" / "loud", loud())
    settings = {
        "BALLAST_INFERENCE_MODEL_DIR": str(place / "models"),
        "BALLAST_INFERENCE_LOAD": "demand",
    }
    with served(place / "var", "--profile", "memory", **settings) as server:
        token = ballast(place / "var", "token").stdout.strip()
        yield Door(url=server.url.removeprefix("http://"), token=token)


def put(folder: Path, content: bytes) -> None:
    (folder / "3").mkdir(parents=True)
    (folder / "3" / "model.onnx").write_bytes(content)


def inputs_of(given: Arrays, *, binary: bool) -> list[triton.InferInput]:
    """Make the client's inputs of arrays, by its own means."""
    names = {"f4": "FP32", "f8": "FP64", "i8": "INT64", "O": "BYTES"}
    made = []
    for name, array in given.items():
        one = triton.InferInput(name, list(array.shape), names[array.dtype.str[1:]])
        made.append(one.set_data_from_numpy(array, binary_data=binary))
    return made


def as_told(result: Any, wanted: Arrays) -> Arrays:
    return {name: result.as_numpy(name) for name in wanted}


@pytest.mark.parametrize("binary", [True, False], ids=["bytes", "json"])
@pytest.mark.parametrize("name", NAMES)
def test_models_say_to_it_what_numpy_says(door: Door, name: str, binary: bool) -> None:
    with door.client() as client:
        given = rows(name, 3, 4)
        wanted = FUNCTIONS[name](given)
        # Asked for by name, the outputs come as it says; asked for none, as bytes.
        asked = None if binary else [triton.InferRequestedOutput("y", binary_data=False)]
        result = client.infer(
            name,
            inputs_of(given, binary=binary),
            outputs=asked,
            request_id=f"asked-{name}",
            priority=3,
            timeout=5_000_000,
            headers=door.headers,
        )
        same(as_told(result, wanted), wanted)
        told = result.get_response()
        assert (told["id"], told["model_name"], told["model_version"]) == (
            f"asked-{name}",
            name,
            "3",
        )
        assert told["parameters"]["engine"] == "cpu"
        shown = result.get_output("y")
        assert ("data" in shown) is not binary


@pytest.mark.parametrize("binary", [True, False], ids=["bytes", "json"])
def test_texts_come_back_as_they_went(door: Door, binary: bool) -> None:
    texts = np.array([["Gewinn", "Verlust €"], ["", "a\x00b"]], dtype=object)
    with door.client() as client:
        result = client.infer(
            "loud",
            inputs_of({"texts": texts}, binary=binary),
            outputs=[triton.InferRequestedOutput("said", binary_data=binary)],
            headers=door.headers,
        )
        said = [
            one.decode() if isinstance(one, bytes) else one
            for one in result.as_numpy("said").ravel()
        ]
        assert said == texts.ravel().tolist()


def test_it_finds_the_server_and_its_models_ready(door: Door) -> None:
    with door.client() as client:
        own = {"headers": door.headers}
        assert client.is_server_live(**own)
        assert client.is_server_ready(**own)
        about = client.get_server_metadata(**own)
        assert (about["name"], about["extensions"]) == ("ballast", ["binary_tensor_data"])
        assert not client.is_model_ready("nobody", **own)
        client.infer("mlp", inputs_of(rows("mlp", 1, 1), binary=True), headers=door.headers)
        assert client.is_model_ready("mlp", **own)
        assert client.is_model_ready("mlp", "3", **own)
        assert not client.is_model_ready("mlp", "4", **own)
        assert client.get_model_metadata("mlp", **own) == {
            "name": "mlp",
            "versions": ["3"],
            "platform": "onnx_cpu",
            "inputs": [{"name": "x", "datatype": "FP32", "shape": [-1, IN]}],
            "outputs": [{"name": "y", "datatype": "FP32", "shape": [-1, 3]}],
        }


def test_it_raises_what_we_say_is_wrong(door: Door) -> None:
    sound = inputs_of(rows("mlp", 1, 1), binary=True)
    narrow = inputs_of({"x": np.zeros((1, IN - 1), np.float32)}, binary=True)
    classes = [triton.InferRequestedOutput("y", class_count=2)]
    with door.client() as client:
        for status, said, asked in (
            ("404", "there is no model 'nobody'", {"model_name": "nobody", "inputs": sound}),
            (
                "404",
                "is served in version 3, not 9",
                {"model_name": "mlp", "inputs": sound, "model_version": "9"},
            ),
            (
                "400",
                "must have the shape [-1, 32], not [1, 31]",
                {"model_name": "mlp", "inputs": narrow},
            ),
            ("400", "must give the input 'x'", {"model_name": "mlp", "inputs": []}),
            (
                "400",
                "classification: is not spoken",
                {"model_name": "mlp", "inputs": sound, "outputs": classes},
            ),
            (
                "400",
                "must be identity, not gzip",
                {"model_name": "mlp", "inputs": sound, "request_compression_algorithm": "gzip"},
            ),
        ):
            with pytest.raises(InferenceServerException) as raised:
                client.infer(headers=door.headers, **asked)
            assert raised.value.status() == status
            assert said in raised.value.message()
        with pytest.raises(InferenceServerException, match="Authorization header") as raised:
            client.infer("mlp", sound)
        assert raised.value.status() == "401"


@pytest.mark.parametrize("binary", [True, False], ids=["bytes", "json"])
def test_its_client_for_asyncio_is_answered_too(door: Door, binary: bool) -> None:
    async def ask() -> list[Any]:
        async with triton_aio.InferenceServerClient(door.url) as client:
            asked = [triton.InferRequestedOutput("y", binary_data=binary)]
            return await asyncio.gather(
                *(
                    client.infer(
                        "mlp",
                        inputs_of(rows("mlp", seed, 2), binary=binary),
                        outputs=asked,
                        headers=door.headers,
                    )
                    for seed in range(8)
                )
            )

    for seed, result in enumerate(asyncio.run(ask())):
        wanted = FUNCTIONS["mlp"](rows("mlp", seed, 2))
        same(as_told(result, wanted), wanted)
