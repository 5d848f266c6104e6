"""Models over HTTP: listed, loaded, run, in our own words and in the open protocol's."""

import hashlib
import json
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import httpx
import numpy as np
import pytest

from adapters.http.inference.tensors import HEADER
from adapters.kafka.events_wire import topic_of
from adapters.memory.inference import FunctionModel
from bootstrap.areas import inference
from domain.inference.bar_features import FEATURES
from domain.inference.forecast import TERMS, FeatureRange, ForecastTerms, terms_of
from domain.inference.model import ModelKey
from domain.inference.tensors import ElementSpec, TensorSequence, TensorSpec
from tests.contracts.predictions import forecast
from tests.unit.adapters.http.context import Context
from tests.unit.adapters.http.test_audit import seal
from tests.unit.application.inference.models import Served, serving, times

X = {"name": "x", "shape": [1, 2], "datatype": "FP32", "data": [1.5, -2]}
RUN = "/api/v1/inference/twice"
WORDS = FunctionModel(
    run=lambda given: {"loud": np.array([[f"{one}!" for one in row] for row in given["texts"]])},
    inputs=(TensorSpec("texts", "BYTES", (None, 2)),),
    outputs=(TensorSpec("loud", "BYTES", (None, 2)),),
)


LIST = FunctionModel(
    run=lambda given: {"back": TensorSequence.of(list(given["s"])[::-1])},
    inputs=(TensorSpec("s", "SEQUENCE", (None,), ElementSpec("FP32", (None,))),),
    outputs=(TensorSpec("back", "SEQUENCE", (None,), ElementSpec("FP32")),),
)


@pytest.fixture
async def served(context: Context) -> AsyncIterator[Served]:
    made = serving({"twice/1": times(2), "twice/2": times(20), "words/1": WORDS, "list/1": LIST})
    await made.models.load(ModelKey("twice", "1"))
    await made.models.load(ModelKey("words", "1"))
    built = context.parts.of(inference.build)
    context.parts.replace(
        "inference",
        replace(
            built,
            models=made.models,
            steer=replace(built.steer, models=made.models),
        ),
    )
    yield made
    await made.models.stop()


async def test_models_are_listed_with_what_really_runs_them(
    client: httpx.AsyncClient, served: Served
) -> None:
    items = (await client.get("/api/v1/models")).json()["items"]
    assert [(one["name"], one["versions"]) for one in items] == [
        ("list", ["1"]),
        ("twice", ["1", "2"]),
        ("words", ["1"]),
    ]
    loaded = items[1]["loaded"]
    assert (loaded["version"], loaded["engine"], loaded["single"]) == ("1", "cpu", "")
    assert loaded["inputs"] == [{"name": "x", "datatype": "FP32", "shape": [-1, 2]}]
    assert (await client.get("/api/v1/models/none")).status_code == 404


async def test_a_model_is_run_and_says_on_what(client: httpx.AsyncClient, served: Served) -> None:
    ran = await client.post(RUN, json={"id": "a", "inputs": [X]})
    assert ran.json() == {
        "id": "a",
        "model_name": "twice",
        "model_version": "1",
        "parameters": {"engine": "cpu"},
        "outputs": [{"name": "y", "shape": [1, 2], "datatype": "FP32", "data": [3.0, -4.0]}],
    }
    served.cpu.fails = lambda _: True
    ran = await client.post(RUN, json={"inputs": [{**X, "data": [[1, 1]]}]})
    assert ran.json()["parameters"] == {"engine": "reference"}
    shown = (await client.get("/api/v1/models/twice")).json()["loaded"]
    assert (shown["engine"], shown["fell_back"], shown["requests"]) == ("reference", 1, 2)


@pytest.mark.parametrize(
    ("body", "pointer", "said"),
    [
        ({"inputs": []}, None, "must give the input 'x'"),
        ({"inputs": [{**X, "datatype": "FP8"}]}, "/inputs/0/datatype", "must be one of BOOL"),
        ({"inputs": [{**X, "shape": [1, 3]}]}, "/inputs/0/data", "must have 3 values"),
        ({"inputs": [{**X, "shape": [-1, 2]}]}, "/inputs/0/shape", "lengths of 0 or more"),
        (
            {"inputs": [{**X, "shape": [0, 10**30], "data": []}]},
            "/inputs/0/shape",
            "beyond any array's",
        ),
        ({"inputs": [{**X, "shape": [2**62, 0], "data": []}]}, "/inputs/0/shape", "beyond any"),
        (
            {"inputs": [{**X, "parameters": {"binary_data_size": True}}]},
            "/inputs/0/parameters/binary_data_size",
            "must be 0 to 0",
        ),
        ({"inputs": [{**X, "data": ["1", "2"]}]}, "/inputs/0/data", "Expected `float`"),
        ({"inputs": [{**X, "data": [None, 1]}]}, "/inputs/0/data", "Expected `float`"),
        ({"inputs": [{**X, "data": [1e300, 1]}]}, "/inputs/0/data", "beyond what FP32 holds"),
        ({"inputs": [{**X, "datatype": "UINT8", "data": [256, 1]}]}, "/inputs/0/data", "UINT8"),
        ({"inputs": [{**X, "datatype": "FP64"}]}, None, "must be FP32, not FP64"),
        ({"inputs": [X, X]}, "/inputs", "must name each input once"),
        ({"inputs": [X], "outputs": [{"name": "z"}]}, "/outputs", "has no output 'z'"),
        ({"inputs": [X], "parameters": {"priority": 10}}, "/parameters/priority", "0 to 9"),
        ({"inputs": [X], "parameters": {"timeout": "1"}}, "/parameters/timeout", "whole number"),
    ],
)
async def test_what_cannot_be_read_is_refused_by_its_place(
    client: httpx.AsyncClient, served: Served, body: Any, pointer: str | None, said: str
) -> None:
    refused = await client.post(RUN, json=body)
    problem = refused.json()
    assert refused.status_code == 400
    assert said in problem["detail"]
    if pointer is not None:
        assert [one["pointer"] for one in problem["errors"]] == [pointer]


async def test_the_open_protocol_answers_the_same(
    client: httpx.AsyncClient, served: Served
) -> None:
    assert (await client.get("/v2/health/live")).json() == {"live": True}
    assert (await client.get("/v2/health/ready")).json() == {"ready": True}
    assert (await client.get("/v2")).json()["extensions"] == ["binary_tensor_data"]
    at = "/v2/models/twice"
    assert (await client.get(at)).json() == {
        "name": "twice",
        "versions": ["1"],
        "platform": "onnx_cpu",
        "inputs": [{"name": "x", "datatype": "FP32", "shape": [-1, 2]}],
        "outputs": [{"name": "y", "datatype": "FP32", "shape": [-1, 2]}],
    }
    ran = await client.post(f"{at}/infer", json={"inputs": [X]})
    assert ran.json()["outputs"][0]["data"] == [3.0, -4.0]
    ran = await client.post(f"{at}/versions/1/infer", json={"inputs": [X]})
    assert ran.status_code == 200
    assert (await client.get(f"{at}/versions/1/ready")).json()["ready"] is True
    for path in (f"{at}/versions/2", f"{at}/versions/2/ready", "/v2/models/none/ready"):
        assert (await client.get(path)).status_code == 404
    assert (await client.post(f"{at}/versions/2/infer", json={"inputs": [X]})).status_code == 404


async def test_what_is_wrong_is_said_in_the_open_protocol_s_member_too(
    client: httpx.AsyncClient, served: Served
) -> None:
    for path, told in (("/v2/models/none/infer", True), ("/api/v1/inference/none", False)):
        problem = (await client.post(path, json={"inputs": [X]})).json()
        assert problem["detail"] == "there is no model 'none'"
        assert problem.get("error") == (problem["detail"] if told else None)
    octets = {"Content-Type": "application/octet-stream"}
    asked = json.dumps({"inputs": [X]}).encode()
    ran = await client.post("/v2/models/twice/infer", content=asked, headers=octets)
    assert ran.json()["outputs"][0]["data"] == [3.0, -4.0]
    for named, headers, said in (
        ({"inputs": [X], "outputs": [{"name": "y", "parameters": {"top": 1}}]}, {}, "not spoken"),
        ({"inputs": [X]}, {"Content-Encoding": "gzip"}, "must be identity, not gzip"),
    ):
        refused = await client.post("/v2/models/twice/infer", json=named, headers=headers)
        assert (refused.status_code, said in refused.json()["error"]) == (400, True)


async def test_tensors_go_both_ways_as_plain_bytes(
    client: httpx.AsyncClient, served: Served
) -> None:
    given = np.array([[1, 2], [3, 4]], "<f4")
    head = json.dumps(
        {
            "inputs": [
                {
                    "name": "x",
                    "shape": [2, 2],
                    "datatype": "FP32",
                    "parameters": {"binary_data_size": given.nbytes},
                }
            ],
            "parameters": {"binary_data_output": True},
        }
    ).encode()
    ran = await client.post(
        "/v2/models/twice/infer",
        content=head + given.tobytes(),
        headers={HEADER: str(len(head)), "Content-Type": "application/octet-stream"},
    )
    assert ran.status_code == 200, ran.text
    length = int(ran.headers[HEADER])
    [shown] = json.loads(ran.content[:length])["outputs"]
    assert shown["parameters"] == {"binary_data_size": 16}
    np.testing.assert_array_equal(
        np.frombuffer(ran.content[length:], "<f4").reshape(2, 2), given * 2
    )


async def test_texts_go_both_ways_as_plain_bytes(client: httpx.AsyncClient, served: Served) -> None:
    texts = [one.encode() for one in ("Gewinn", "Verlust €")]
    content = b"".join(len(one).to_bytes(4, "little") + one for one in texts)
    tensor = {
        "name": "texts",
        "shape": [1, 2],
        "datatype": "BYTES",
        "parameters": {"binary_data_size": len(content)},
    }
    asked = {"inputs": [tensor], "outputs": [{"name": "loud", "parameters": {"binary_data": True}}]}
    head = json.dumps(asked).encode()
    headers = {HEADER: str(len(head)), "Content-Type": "application/octet-stream"}
    ran = await client.post("/v2/models/words/infer", content=head + content, headers=headers)
    assert ran.status_code == 200, ran.text
    wanted = [one + b"!" for one in texts]
    body = ran.content[int(ran.headers[HEADER]) :]
    assert body == b"".join(len(one).to_bytes(4, "little") + one for one in wanted)
    for wrong, said in (
        (content[:-1], "parameters"),
        (content + b"x", "leave 1 bytes"),
        (b"\xff" * len(content), "texts"),
    ):
        refused = await client.post("/v2/models/words/infer", content=head + wrong, headers=headers)
        assert refused.status_code == 400
        assert said in refused.text


async def test_versions_are_swapped_and_rolled_back_and_it_is_put_down_by_whom(
    client: httpx.AsyncClient, context: Context, served: Served
) -> None:
    at = "/api/v1/models/twice"
    swapped = await client.post(f"{at}/load", json={"version": "2", "pinned": True})
    assert (swapped.json()["loaded"]["version"], swapped.json()["loaded"]["pinned"]) == ("2", True)
    assert (await client.post(RUN, json={"inputs": [X]})).json()["outputs"][0]["data"] == [30, -40]
    back = await client.post(f"{at}/load", json={"version": "1"})
    assert (back.json()["loaded"]["version"], back.json()["loaded"]["pinned"]) == ("1", True)
    assert (await client.post(f"{at}/load", json={"version": "../1"})).status_code == 400
    assert (await client.post(f"{at}/load", json={"version": "3"})).status_code == 404
    assert (await client.post(f"{at}/unload")).json()["loaded"] is None
    refused = await client.post(RUN, json={"inputs": [X]})
    assert (refused.status_code, refused.json()["type"]) == (409, "/problems/model-not-served")
    assert (await client.post(f"{at}/unload")).status_code == 409
    await seal(context)
    found = (await client.get("/api/v1/audit", params={"subject": "twice"})).json()["items"]
    done = [
        (one["action"], one["subject"], one["detail"])
        for one in found
        if one["action"].startswith("inference.")
    ]
    assert done[::-1][:2] == [
        ("inference.model.load", "twice", {"version": "2"}),
        ("inference.model.load", "twice", {"version": "1"}),
    ]
    assert ("inference.model.unload", "twice", {}) in done


async def test_who_follows_models_hears_of_loads_and_unloads(
    client: httpx.AsyncClient, context: Context, served: Served
) -> None:
    at = "/api/v1/models/twice"
    assert (await client.post(f"{at}/load", json={"version": "2"})).status_code == 200
    assert (await client.post(f"{at}/load", json={"version": "3"})).status_code == 404
    assert (await client.post(f"{at}/unload")).status_code == 200
    journal = await context.storage.journal.after(cursor="", limit=500)
    told = [one.notice for one in journal if one.notice.channel == "models"]
    assert [(one.type, one.subject, one.sequence) for one in told] == [
        ("inference.loaded", "twice", 1),
        ("inference.unloaded", "twice", 2),
    ]
    sha256 = hashlib.sha256(b"twice/2").hexdigest()
    assert told[0].body == {"name": "twice", "version": "2", "sha256": sha256, "engine": "cpu"}
    assert topic_of(told[0]) == "ballast.events.inference.v1"


async def test_a_sequence_is_a_list_of_tensors(client: httpx.AsyncClient, served: Served) -> None:
    at, short = "/v2/models/list", {"shape": [1], "datatype": "FP32", "data": [1.5]}
    long = {"shape": [2], "datatype": "FP32", "data": [2.5, -3.0]}

    def asked(*tensors: Any, **instead: Any) -> dict[str, Any]:
        own = {"name": "s", "shape": [len(tensors)], "datatype": "SEQUENCE", "data": tensors}
        return {"inputs": [own | instead], "parameters": {"binary_data_output": True}}

    for tensors in ([short, long], []):
        ran = await client.post(f"{at}/infer", json=asked(*tensors))
        assert ran.status_code == 200, ran.text
        assert json.loads(ran.content[: int(ran.headers[HEADER])])["outputs"] == [
            {
                "name": "back",
                "shape": [len(tensors)],
                "datatype": "SEQUENCE",
                "data": tensors[::-1],
            }
        ]
    shown = (await client.get(at)).json()
    assert shown["inputs"][0]["element"] == {"datatype": "FP32", "shape": [-1]}
    assert shown["outputs"][0]["element"] == {"datatype": "FP32", "shape": None}
    whole = {"shape": [1], "datatype": "INT64", "data": [1]}
    square = {"shape": [1, 1], "datatype": "FP32", "data": [1]}
    for body, said in (
        (asked(short, whole), "must be of one datatype: FP32 stands before INT64"),
        (asked(whole), "inputs.s.0: must be FP32, not INT64"),
        (asked(short, square), "inputs.s.1: must have the shape [-1], not [1, 1]"),
        (asked(short, shape=[2]), "must be [1], the number of its tensors"),
        (asked(1.5), "must be tensors"),
        (asked({**long, "data": [1]}), "must have 2 values"),
        (asked({**long, "datatype": "SEQUENCE"}), "must be one of BOOL"),
        (asked(short, parameters={"binary_data_size": 4}), "is not for a sequence"),
        ({"inputs": [{"name": "s", "shape": [1], "datatype": "FP32", "data": [1]}]}, "SEQUENCE"),
    ):
        refused = await client.post(f"{at}/infer", json=body)
        assert (refused.status_code, said in refused.json()["error"]) == (400, True), refused.text


def forecasting(context: Context, *, lasts_days: int) -> FunctionModel:
    """A model of two features that says until when it may be believed."""
    today = context.parts.of(inference.build).clock.now().date()
    terms = ForecastTerms(
        horizon_days=1,
        features=tuple(FeatureRange(name=one, low=-0.1, high=0.1) for one in FEATURES[:2]),
        trained_from=today - timedelta(days=90),
        trained_to=today - timedelta(days=30),
        expires_on=today + timedelta(days=lasts_days),
    )
    return replace(times(2), metadata=((TERMS, terms.metadata()),))


@pytest.mark.parametrize("lasts_days", [0, -1])
async def test_what_speaks_against_a_forecast_is_said_beside_it(
    client: httpx.AsyncClient, context: Context, served: Served, lasts_days: int
) -> None:
    model = forecasting(context, lasts_days=lasts_days)
    terms = terms_of(dict(model.metadata))
    assert terms is not None
    until = terms.expires_on
    made = serving({"twice/1": model})
    await made.models.load(ModelKey("twice", "1"))
    built = context.parts.of(inference.build)
    context.parts.replace("inference", replace(built, models=made.models))
    shown = (await client.get("/api/v1/models/twice")).json()["loaded"]
    [listed] = [one["loaded"] for one in (await client.get("/api/v1/models")).json()["items"]]
    for one in (shown, listed):
        assert (one["expires_at"], one["expired"]) == (str(until), lasts_days < 0)
    said = {"engine": "cpu", "expires_at": str(until), "expired": lasts_days < 0}
    inside = {**X, "data": [0.05, -0.09]}
    for path in (RUN, "/v2/models/twice/infer"):
        assert (await client.post(path, json={"inputs": [inside]})).json()["parameters"] == said
        rows = {**X, "shape": [3, 2], "data": [0, 0, 0.25, 0, 0.5, -2]}
        ran = (await client.post(path, json={"inputs": [rows]})).json()
        first, second = FEATURES[:2]
        assert ran["parameters"] == said | {
            "outside_training": f"row 1: {first} 0.25 is outside the training's -0.1 to 0.1;"
            f" row 2: {second} -2 is outside the training's -0.1 to 0.1"
        }
    await made.models.stop()


async def test_what_was_forecast_is_listed(
    client: httpx.AsyncClient, context: Context, served: Served
) -> None:
    keep = context.parts.of(inference.build).predictions
    for day in range(3):
        await keep.keep(
            forecast(keep, context.founded.tenant.id, day=date(2024, 3, 4) + timedelta(days=day))
        )
    at = "/api/v1/models/ridge/predictions"
    first = (await client.get(at, params={"limit": 2, "symbol": "QX"})).json()
    assert [(one["day"], one["value"], one["outcome"]) for one in first["items"]] == [
        ("2024-03-06", 0.1 + 0.2, None),
        ("2024-03-05", 0.1 + 0.2, None),
    ]
    more = (await client.get(at, params={"cursor": first["next_cursor"]})).json()
    assert [one["day"] for one in more["items"]] == ["2024-03-04"]
    assert more["next_cursor"] is None
    twice = (await client.get("/api/v1/models/twice/predictions")).json()
    assert twice == {"items": [], "next_cursor": None}
    assert (await client.get("/api/v1/models/none/predictions")).status_code == 404
    assert (await client.get("/api/v1/models/n.o/predictions")).status_code == 400
