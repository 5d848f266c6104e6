"""What may stand once in a request's headers stands there once."""

from dataclasses import replace

import pytest

from adapters.http.once import repeated
from adapters.http.settings import HttpSettings
from ports.rate_limits import RateLimit
from tests.unit.adapters.http.context import SHARED, Context, open_context
from tests.unit.adapters.http.streams.socket import Closed, connected

SINGLE = {
    "Authorization": ("Bearer guess", "Bearer <token>"),
    "Content-Length": ("0", "once"),
    "Content-Type": ("text/plain", "application/json"),
    "Host": ("localhost", "once"),
    "Idempotency-Key": ("another", "once"),
    "If-Match": ('"7"', "one ETag"),
    "Origin": ("https://evil.example", "once"),
}


@pytest.mark.parametrize("first", [True, False], ids=["before", "behind"])
@pytest.mark.parametrize("name", SINGLE)
@SHARED
async def test_a_second_header_of_the_same_name_is_refused_by_its_name(
    calm: Context, name: str, first: bool
) -> None:
    value, right = SINGLE[name]
    async with calm.client(None) as client:
        client.headers.clear()
        good = [
            ("Host", "localhost"),
            ("Authorization", f"Bearer {calm.token}"),
            ("Content-Type", "application/json"),
            ("Content-Length", "2"),
            ("Idempotency-Key", "one"),
            ("If-Match", '"7"'),
            ("Origin", "https://desk.example"),
        ]
        # In other letters, as it may be written.
        twice = [(name.upper(), value)]
        sent = [*twice, *good] if first else [*good, *twice]
        answer = await client.post("/api/v1/orders", content=b"{}", headers=sent)
    assert answer.status_code == 400
    problem = answer.json()
    assert problem["type"] == "/problems/invalid-request"
    assert [error["pointer"] for error in problem["errors"]] == [f"#{name}"]
    assert "must be there once" in problem["detail"]
    assert right in problem["detail"]


@SHARED
async def test_the_same_token_twice_is_no_better(calm: Context) -> None:
    token = ("Authorization", f"Bearer {calm.token}")
    async with calm.client(None) as client:
        assert (await client.get("/api/status", headers=[token])).status_code == 200
        assert (await client.get("/api/status", headers=[token, token])).status_code == 400


@pytest.mark.parametrize("name", ["Accept", "X-Forwarded-For", "Traceparent", "Cookie", "Via"])
@SHARED
async def test_what_may_come_more_than_once_may(calm: Context, name: str) -> None:
    sent = [("Authorization", f"Bearer {calm.token}"), (name, "a"), (name, "b")]
    async with calm.client(None) as client:
        assert (await client.get("/api/status", headers=sent)).status_code == 200


@pytest.mark.parametrize("given", ["Bearer {token}, Bearer guess", "Bearer guess,Bearer {token}"])
@SHARED
async def test_tokens_that_a_proxy_has_joined_are_refused_as_two(calm: Context, given: str) -> None:
    async with calm.client(None) as client:
        headers = {"Authorization": given.format(token=calm.token)}
        answer = await client.get("/api/status", headers=headers)
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["pointer"] == "#Authorization"


async def test_whoever_sends_joined_tokens_has_the_rate_of_strangers() -> None:
    rates = replace(HttpSettings().rates, open=RateLimit(name="open", per_s=1, burst=3))
    settings = HttpSettings(access_log=False, rates=rates)
    async with open_context(settings) as context, context.client("a,b") as stranger:
        told = [(await stranger.get("/api/status")).status_code for _ in range(4)]
    assert told == [400, 400, 400, 429]


@pytest.mark.parametrize("name", ["Authorization", "Origin", "Host"])
@SHARED
async def test_a_websocket_has_one_of_each_too(calm: Context, name: str) -> None:
    # Names are told apart by their letters here, and no more once they are sent.
    headers = {"authorization": f"Bearer {calm.token}", name: "a", name.upper(): "a"}
    with pytest.raises(Closed) as refused:
        async with connected(calm.app, headers=headers):
            pass
    assert refused.value.code == 400


def test_the_first_that_is_there_too_often_is_named() -> None:
    pairs = [(b"accept", b"a"), (b"accept", b"b"), (b"origin", b"x"), (b"host", b"x")]
    assert repeated(dict(pairs), pairs=pairs) is None
    pairs += [(b"host", b"y"), (b"origin", b"y")]
    refused = repeated(dict(pairs), pairs=pairs)
    assert refused is not None
    assert refused.detail == "Host: must be there once"
