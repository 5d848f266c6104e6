"""Busy routes are answered without the framework's routing, and nobody can tell."""

from typing import Any

import httpx
import pytest
from litestar import Litestar, post
from litestar.params import FromPath

from adapters.http.direct import Direct
from adapters.http.documented import described
from adapters.http.inference.tensors import HEADER, Binary
from adapters.http.problems import Problem
from adapters.http.wire import Answer, HttpRequest, raw
from bootstrap.areas import inference
from domain.identity.access import Permission
from tests.unit.adapters.http.context import Context
from tests.unit.adapters.http.test_inference import RUN, X, served

__all__ = ["served"]


@pytest.mark.usefixtures("served")
async def test_a_name_in_its_path_is_one_whole_segment(client: httpx.AsyncClient) -> None:
    body = {"inputs": [X]}
    answered = await client.post(RUN, json=body)
    assert answered.status_code == 200
    for elsewhere in (f"{RUN}/more", "/api/v1/inference/", "/api/v1/inference"):
        assert (await client.post(elsewhere, json=body)).status_code == 404, elsewhere
    # As with every path, a slash behind it is nothing.
    assert (await client.post(f"{RUN}/", json=body)).content == answered.content
    # A letter that is written otherwise is that letter.
    assert (await client.post(RUN.replace("twice", "tw%69ce"), json=body)).content == (
        answered.content
    )


@pytest.mark.usefixtures("served")
async def test_other_methods_are_the_frameworks(client: httpx.AsyncClient) -> None:
    refused = await client.get(RUN)
    assert (refused.status_code, refused.headers["allow"]) == (405, "OPTIONS, POST")


@pytest.mark.usefixtures("served")
async def test_it_is_counted_under_its_template_and_told_as_every_problem(
    context: Context, client: httpx.AsyncClient
) -> None:
    await client.post(RUN, json={"inputs": [X]})
    absent = await client.post("/api/v1/inference/none", json={"inputs": [X]})
    assert (absent.status_code, absent.json()["instance"]) == (404, "/api/v1/inference/none")
    wrong = await client.post(RUN, content=b"{", headers={"content-type": "application/json"})
    assert (wrong.status_code, wrong.json()["type"]) == (400, "/problems/invalid-request")
    page = (await client.get("/metrics")).text
    assert 'route="/api/v1/inference/{name}"' in page
    assert "inference/none" not in page


@pytest.mark.usefixtures("served")
async def test_a_defect_tells_nothing_of_the_inside(
    context: Context, client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(*_: Any, **__: Any) -> None:
        raise KeyError("something inside")

    models = context.parts.of(inference.build).models
    monkeypatch.setattr(models, "run", fail)
    failed = await client.post(RUN, json={"inputs": [X]})
    assert failed.status_code == 500
    assert "inside" not in failed.text


@pytest.mark.usefixtures("served")
@pytest.mark.parametrize("length", [b"\xb2", b"-1", b"1e1", b"", b"9999"])
async def test_a_length_that_is_none_is_refused(client: httpx.AsyncClient, length: bytes) -> None:
    headers = [(HEADER.encode(), length), (b"content-type", b"application/octet-stream")]
    refused = await client.post(RUN, content=b"{}", headers=headers)
    assert (refused.status_code, HEADER in refused.text) == (400, True), refused.text


def test_bytes_are_taken_tensor_by_tensor_and_none_is_left() -> None:
    binary = Binary(b"abcdef")
    assert [binary.take(size, at="/x") for size in (2, 0, 3)] == [b"ab", b"", b"cde"]
    for size in (2, -1, True, "1"):
        with pytest.raises(Problem) as refused:
            binary.take(size, at="/x")
        assert "must be 0 to 1" in refused.value.detail
    with pytest.raises(Problem) as refused:
        binary.check_empty()
    assert "leave 1 bytes" in refused.value.detail
    assert binary.take(1, at="/x") == b"f"
    binary.check_empty()


def busy(path: str, *, permission: Permission | None) -> Litestar:
    """Return an application with one busy route."""

    @post(path, **described("Run", permission=permission, answers={200: None}, busy=True))
    async def run(request: HttpRequest, name: FromPath[str]) -> Answer:
        return raw(b"")

    return Litestar(route_handlers=[run], openapi_config=None)


@pytest.mark.parametrize(
    ("path", "permission", "told"),
    [
        ("/run/{name:str}/now", Permission.MODELS_RUN, "does not end in"),
        ("/run/{name:str}", None, "open to everyone"),
    ],
)
def test_one_that_cannot_be_answered_so_keeps_the_application_from_starting(
    path: str, permission: Permission | None, told: str
) -> None:
    app = busy(path, permission=permission)
    with pytest.raises(ValueError, match=told):
        Direct(app, routed=app.asgi_handler, answer_error=lambda *_: raw(b""))
