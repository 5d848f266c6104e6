"""Workspaces over a real server and its database: bytes, limits and races on the wire."""

import hashlib
import http.client
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit
from uuid import uuid4

import httpx
import pytest

from adapters.http.workspaces.schemas import BODY_BYTES_MAX
from domain.workspaces.layout import LAYOUT_BYTES_MAX
from tests.integration.serving import Served

ONE = "/api/v1/user/workspace"
ALL = "/api/v1/user/workspaces"
JSON = {"Content-Type": "application/json"}
RACERS = 8


def full(spare: int = 0) -> bytes:
    """Return a layout of a mebibyte and so many bytes more."""
    return b'{"a":"' + b"x" * (LAYOUT_BYTES_MAX - 8 + spare) + b'"}'


def body(name: str, *, layout: bytes) -> bytes:
    """Return the body of a save."""
    return b'{"name":"%b","layout":%b}' % (name.encode(), layout)


@pytest.fixture
def name(http: httpx.Client) -> Iterator[str]:
    """Give a free name; what was saved under it is deleted in the end."""
    made = uuid4().hex
    yield made
    for one in http.get(ALL).json()["items"]:
        if one["name"] == made:
            assert http.delete(f"{ALL}/{one['id']}").status_code == 200


def test_a_mebibyte_is_restored_byte_for_byte(http: httpx.Client, name: str) -> None:
    saved = http.post(ONE, content=body(name, layout=full()), headers=JSON)
    assert saved.status_code == 201, saved.text
    assert saved.json()["sha256"] == hashlib.sha256(full()).hexdigest()
    restored = http.get(ONE, params={"name": name})
    assert restored.status_code == 200
    assert restored.content.endswith(b'"layout":' + full() + b"}")


def test_a_byte_more_is_refused(http: httpx.Client, name: str) -> None:
    refused = http.post(ONE, content=body(name, layout=full(1)), headers=JSON)
    assert refused.status_code == 413, refused.text
    assert http.get(ONE, params={"name": name}).status_code == 404


def test_a_body_that_never_ends_is_given_up_at_the_limit(served: Served) -> None:
    place = urlsplit(served.server.url)
    connection = http.client.HTTPConnection(str(place.hostname), place.port, timeout=100)
    try:
        connection.putrequest("POST", ONE)
        connection.putheader("Authorization", f"Bearer {served.token}")
        connection.putheader("Content-Type", "application/json")
        connection.putheader("Transfer-Encoding", "chunked")
        connection.endheaders()
        chunk = b"10000\r\n" + b" " * 65_536 + b"\r\n"
        # One chunk over the limit, and no end: the answer comes without it.
        for _ in range(BODY_BYTES_MAX // 65_536 + 1):
            connection.send(chunk)
        assert connection.getresponse().status == 413
    finally:
        connection.close()


def test_of_saves_that_saw_one_version_one_wins(served: Served, name: str) -> None:
    with served.client() as first:
        assert first.post(ONE, content=body(name, layout=b"{}"), headers=JSON).status_code == 201

    def race(number: int) -> int:
        layout = b'{"by":%d,"pad":"%b"}' % (number, b"x" * 100_000)
        with served.client() as client:
            return client.post(
                ONE, content=body(name, layout=layout), headers={**JSON, "If-Match": '"1"'}
            ).status_code

    with ThreadPoolExecutor(RACERS) as pool:
        statuses = list(pool.map(race, range(RACERS)))
    assert sorted(statuses) == [200] + [412] * (RACERS - 1)
    with served.client() as after:
        kept = after.get(ONE, params={"name": name})
    assert kept.headers["ETag"] == '"2"'
    assert kept.json()["layout"]["by"] == statuses.index(200)
