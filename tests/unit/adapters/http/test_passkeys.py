"""Passkeys on the wire: from the options to the session, and what is said when it is wrong."""

from typing import Any

import httpx
import pytest

from domain.identity.access import Role
from domain.identity.tenant import Tenant, User
from tests import builders
from tests.authenticator import Authenticator, Json, Twist, changed
from tests.tenants import add_tenant, add_user
from tests.unit.adapters.http.context import EMAIL, Context

KEPT = "/api/v1/passkeys"
ENTER = "/api/v1/auth/passkey"
CLIENT_DATA = "/credential/response/clientDataJSON"
ATTESTATION = "/credential/response/attestationObject"


async def asked(client: httpx.AsyncClient, path: str, body: Json | None = None) -> Json:
    """Return what a browser is asked."""
    answer = await client.post(path, json=body)
    assert answer.status_code == 200, answer.text
    said: Json = answer.json()["public_key"]
    return said


async def registered(client: httpx.AsyncClient, device: Authenticator, **given: Any) -> Json:
    """Register a passkey, and return it as it is shown."""
    made = device.make(await asked(client, f"{KEPT}/options"))
    answer = await client.post(KEPT, json={"credential": made, **given})
    assert answer.status_code == 201, answer.text
    said: Json = answer.json()
    return said


async def entered(client: httpx.AsyncClient, device: Authenticator, **given: Any) -> httpx.Response:
    """Log in by a device."""
    answer = device.answer(await asked(client, f"{ENTER}/options"))
    return await client.post(ENTER, json={"credential": answer, **given})


def pointers(answer: httpx.Response) -> list[str]:
    """Return where an answer says that something is wrong."""
    return [one["pointer"] for one in answer.json()["errors"]]


async def test_from_the_first_question_to_a_session(
    context: Context, client: httpx.AsyncClient
) -> None:
    device = Authenticator()
    made = await registered(client, device, label="Ada's phone")
    assert made["label"] == "Ada's phone"
    assert made.pop("earlier_access") == {
        "sessions_ended": 0,
        "sessions_open": 0,
        "personal_tokens": 0,
    }
    assert (await client.get(KEPT)).json() == {"items": [made]}
    async with context.client(None) as stranger:
        answer = await entered(stranger, device, remember=True, device_label="Desk")
    assert answer.status_code == 200, answer.text
    tokens = answer.json()
    async with context.client(tokens["access_token"]) as inside:
        (session,) = (await inside.get("/api/v1/sessions")).json()["items"]
        assert (session["id"], session["device_label"]) == (tokens["session_id"], "Desk")
        shown = (await inside.get(KEPT)).json()["items"][0]
        assert shown["used_at"] is not None
        renamed = await inside.patch(f"{KEPT}/{made['id']}", json={"label": "Old phone"})
        assert renamed.json() == {**shown, "label": "Old phone"}
        assert (await inside.delete(f"{KEPT}/{made['id']}")).status_code == 204
        assert (await inside.delete(f"{KEPT}/{made['id']}")).status_code == 404
    async with context.client(None) as stranger:
        refused = await entered(stranger, device)
    assert (refused.status_code, refused.json()["type"]) == (401, "/problems/passkey-refused")


async def test_a_passkey_answers_the_challenge_of_a_password(
    context: Context, client: httpx.AsyncClient
) -> None:
    device = Authenticator(verifies=False)
    await registered(client, device)
    right = {"email": EMAIL, "password": context.founded.password}
    async with context.client(None) as stranger:
        challenged = await stranger.post("/api/v1/auth/login", json=right)
        assert (challenged.status_code, challenged.json()["factors"]) == (202, ["passkey"])
        token = challenged.json()["challenge"]
        options = "/api/v1/auth/challenge/passkey-options"
        answer = device.answer(await asked(stranger, options, {"challenge": token}))
        both = {"challenge": token, "code": "123456", "credential": answer}
        for wrong in (both, {"challenge": token}):
            assert (await stranger.post("/api/v1/auth/challenge", json=wrong)).status_code == 400
        shown = {"challenge": token, "credential": answer}
        let_in = await stranger.post("/api/v1/auth/challenge", json=shown)
        assert let_in.status_code == 200, let_in.text
        again = await stranger.post("/api/v1/auth/challenge", json=shown)
        assert (again.status_code, again.json()["type"]) == (401, "/problems/challenge-over")
        over = await stranger.post(options, json={"challenge": token})
        assert (over.status_code, over.json()["type"]) == (401, "/problems/challenge-over")
    async with context.client(let_in.json()["access_token"]) as inside:
        context.clock.advance(301)
        stale = await inside.post(f"{KEPT}/options")
        assert (stale.status_code, stale.json()["type"]) == (401, "/problems/step-up-required")
        answer = device.answer(await asked(inside, "/api/v1/auth/step-up/passkey-options"))
        for wrong in ({"credential": answer, "password": "x"}, {}):
            assert (await inside.post("/api/v1/auth/step-up", json=wrong)).status_code == 400
        renewed = await inside.post("/api/v1/auth/step-up", json={"credential": answer})
        assert renewed.status_code == 200, renewed.text
    async with context.client(renewed.json()["access_token"]) as fresh:
        assert (await fresh.post(f"{KEPT}/options")).status_code == 200


async def test_who_has_no_passkey_is_told_so(context: Context) -> None:
    right = {"email": EMAIL, "password": context.founded.password}
    async with context.client(None) as stranger:
        opened = (await stranger.post("/api/v1/auth/login", json=right)).json()
    async with context.client(opened["access_token"]) as inside:
        answer = await inside.post("/api/v1/auth/step-up/passkey-options")
    assert (answer.status_code, answer.json()["type"]) == (409, "/problems/no-passkey")


@pytest.mark.parametrize(
    ("twist", "pointer", "words"),
    [
        (Twist(type="webauthn.get"), CLIENT_DATA, "webauthn.create"),
        (Twist(origin="https://evil.example"), CLIENT_DATA, "passkeys.origins"),
        (Twist(cross_origin=True), CLIENT_DATA, "another site"),
        (Twist(rp_id="evil.example"), ATTESTATION, "passkeys.rp_id"),
        (Twist(flip=1), ATTESTATION, "user being there"),
        (Twist(flip=16), ATTESTATION, "backed up"),
        (Twist(credential_id=b"another"), "/credential/id", "attestationObject"),
        (Twist(attestation="tpm"), ATTESTATION, "no attestation"),
    ],
)
async def test_a_wrongly_made_passkey_is_refused_with_what_is_wrong(
    client: httpx.AsyncClient, twist: Twist, pointer: str, words: str
) -> None:
    made = Authenticator().make(await asked(client, f"{KEPT}/options"), twist=twist)
    answer = await client.post(KEPT, json={"credential": made})
    assert answer.status_code == 400, answer.text
    assert pointers(answer) == [pointer]
    assert words in answer.json()["detail"]
    assert (await client.get(KEPT)).json() == {"items": []}


async def test_a_challenge_that_is_spent_or_invented_is_refused(client: httpx.AsyncClient) -> None:
    device = Authenticator()
    made = device.make(await asked(client, f"{KEPT}/options"))
    first = await client.post(KEPT, json={"credential": made})
    assert first.status_code == 201
    again = await client.post(KEPT, json={"credential": made})
    assert (again.status_code, again.json()["type"]) == (403, "/problems/one-time-token-refused")
    taken = device.make(await asked(client, f"{KEPT}/options"))
    conflict = await client.post(KEPT, json={"credential": taken})
    assert (conflict.status_code, conflict.json()["type"]) == (409, "/problems/passkey-taken")


async def test_under_a_key_the_same_passkey_is_answered_for_again(
    client: httpx.AsyncClient,
) -> None:
    made = Authenticator().make(await asked(client, f"{KEPT}/options"))
    keyed = {"Idempotency-Key": "k-1"}
    first = await client.post(KEPT, json={"credential": made}, headers=keyed)
    again = await client.post(KEPT, json={"credential": made}, headers=keyed)
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json() == again.json()
    assert again.headers["Idempotency-Replayed"] == "true"


def _made_wrong() -> list[tuple[str, Any]]:
    return [
        ("/credential/rawId", lambda one: {**one, "rawId": "AAAA"}),
        ("/credential/id", lambda one: {**one, "id": "A", "rawId": "A"}),
        ("/credential/id", lambda one: {**one, "id": "A" * 1_365, "rawId": "A" * 1_365}),
        ("/credential/id", lambda one: {**one, "id": "a+b/", "rawId": "a+b/"}),
        ("/credential/id", lambda one: {**one, "id": "AAA=", "rawId": "AAA="}),
        ("/credential/type", lambda one: {**one, "type": "password"}),
        (CLIENT_DATA, lambda one: changed(one, "clientDataJSON", b"{")),
        (CLIENT_DATA, lambda one: changed(one, "clientDataJSON", b"x" * 6_145)),
        (CLIENT_DATA, lambda one: changed(one, "clientDataJSON", b"")),
        (ATTESTATION, lambda one: changed(one, "attestationObject", b"\xff" * 12)),
        (ATTESTATION, lambda one: changed(one, "attestationObject", b"\x81" * 9_000)),
        (ATTESTATION, lambda one: changed(one, "attestationObject", b"x" * 12_289)),
        (
            "/credential/response/transports/0",
            lambda one: {**one, "response": {**one["response"], "transports": [1]}},
        ),
    ]


@pytest.mark.parametrize(("pointer", "spoil"), _made_wrong())
async def test_what_cannot_be_read_is_said_to_be_so(
    client: httpx.AsyncClient, pointer: str, spoil: Any
) -> None:
    made = spoil(Authenticator().make(await asked(client, f"{KEPT}/options")))
    answer = await client.post(KEPT, json={"credential": made})
    assert answer.status_code == 400, answer.text
    assert [one.replace("[...]", "/0") for one in pointers(answer)] == [pointer]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("clientDataJSON", b"null"),
        ("authenticatorData", b"short"),
        ("authenticatorData", b"\0" * 6_145),
        ("signature", b"x" * 769),
        ("userHandle", b"x" * 65),
    ],
)
async def test_an_answer_that_cannot_be_read_is_said_to_be_so(
    client: httpx.AsyncClient, name: str, value: bytes
) -> None:
    device = Authenticator()
    await registered(client, device)
    answer = changed(device.answer(await asked(client, f"{ENTER}/options")), name, value)
    refused = await client.post(ENTER, json={"credential": answer})
    assert refused.status_code == 400, refused.text
    assert pointers(refused) == [f"/credential/response/{name}"]


async def test_another_tenants_passkey_is_as_good_as_none(
    context: Context, client: httpx.AsyncClient
) -> None:
    theirs = Tenant(id=builders.new_id(), name="Theirs", created_at=builders.AT)
    await add_tenant(context.storage.members, theirs)
    other = User(
        id=builders.new_id(),
        tenant_id=theirs.id,
        email="theirs@example.com",
        password_hash="x",
        created_at=builders.AT,
    )
    await add_user(context.storage.members, other, role=Role.OWNER)
    token, _ = context.tokens.issue(user_id=other.id, tenant_id=theirs.id)
    device = Authenticator()
    async with context.client(token) as outside:
        made = await registered(outside, device)
    path = f"{KEPT}/{made['id']}"
    assert (await client.get(KEPT)).json() == {"items": []}
    for answer in (await client.patch(path, json={"label": "Mine"}), await client.delete(path)):
        assert (answer.status_code, answer.json()["type"]) == (404, "/problems/not-found")
    let_in = await entered(client, device)
    assert let_in.status_code == 200
    async with context.client(let_in.json()["access_token"]) as inside:
        assert (await inside.get(KEPT)).json()["items"][0]["id"] == made["id"]


async def test_too_many_questions_and_tries_are_told_when_to_come_back(context: Context) -> None:
    device = Authenticator()
    async with context.client() as client:
        await registered(client, device)
    async with context.client(None) as stranger:
        for _ in range(20):
            last = await stranger.post(f"{ENTER}/options")
            assert last.status_code == 200
        late = await stranger.post(f"{ENTER}/options")
        assert (late.status_code, late.headers["Retry-After"]) == (429, "3")
        answer = device.answer(last.json()["public_key"])
        for _ in range(20):
            await stranger.post(ENTER, json={"credential": answer})
        tried = await stranger.post(ENTER, json={"credential": answer})
    assert (tried.status_code, tried.headers["Retry-After"]) == (429, "3")
