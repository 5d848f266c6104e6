"""Devices, notices and strange log-ins over HTTP."""

from typing import Any

import httpx
import pyotp

from tests.unit.adapters.http.context import EMAIL, Context

ELSEWHERE = {"agent": "safari", "platform": "ios", "language": "de", "screen": "390x844x32"}
TOLD = {"agent": "firefox", "platform": "linux", "language": "en", "screen": "2560x1440x24"}
_STEP_S = 30


async def _post(context: Context, path: str, body: Any, *, ip: str = "192.0.2.1") -> httpx.Response:
    app: Any = context.app
    transport = httpx.ASGITransport(app=app, client=(ip, 4_000))
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as nobody:
        return await nobody.post(f"/api/v1{path}", json=body)


async def _try(context: Context, *, ip: str = "192.0.2.1", **given: Any) -> httpx.Response:
    body = {"email": EMAIL, "password": context.founded.password, "device_label": "Desk", **given}
    return await _post(context, "/auth/login", body, ip=ip)


async def _enrol(client: httpx.AsyncClient, context: Context) -> pyotp.TOTP:
    made = await client.post("/api/v1/factors/totp", json={"label": "Phone"})
    assert made.status_code == 201, made.text
    app = pyotp.parse_uri(made.json()["uri"])
    assert isinstance(app, pyotp.TOTP)
    code = {"code": app.at(context.clock.now())}
    done = await client.post(f"/api/v1/factors/totp/{made.json()['id']}/confirm", json=code)
    assert done.is_success, done.text
    context.clock.advance(_STEP_S)
    return app


async def test_devices_are_listed_named_trusted_and_forgotten(context: Context) -> None:
    said = (await _try(context, fingerprint=TOLD)).json()
    async with context.client(said["access_token"]) as client:
        [device] = (await client.get("/api/v1/devices")).json()["items"]
        assert device["label"] == "Desk"
        assert (device["trusted"], device["trusted_until"]) == (False, None)
        assert {name: device["fingerprint"][name] for name in TOLD} == TOLD
        assert device["fingerprint"]["time_zone"] == ""
        assert len(device["fingerprint"]["sha256"]) == 64
        [session] = (await client.get("/api/v1/sessions")).json()["items"]
        assert session["device_id"] == device["id"]
        path = f"/api/v1/devices/{device['id']}"
        named = await client.patch(path, json={"label": "Study"})
        assert (named.status_code, named.json()["label"]) == (200, "Study")
        key = {"Idempotency-Key": "once"}
        trusted = await client.post(f"{path}/trust", headers=key)
        assert (trusted.status_code, trusted.json()["trusted"]) == (200, True)
        again = await client.post(f"{path}/trust", headers=key)
        assert again.headers["Idempotency-Replayed"] == "true"
        assert (await client.delete(f"{path}/trust")).json()["trusted"] is False
        context.clock.advance(200)
        ended = await client.delete(path)
        assert (ended.status_code, ended.json()) == (200, {"sessions_ended": 1})
        assert (await client.get("/api/v1/devices")).status_code == 401


async def test_trust_and_forgetting_ask_who_it_is(context: Context) -> None:
    said = (await _try(context)).json()
    context.clock.advance(301)
    body = {"refresh_token": said["refresh_token"], "device_token": said["device_token"]}
    later = (await _post(context, "/auth/refresh", body)).json()
    async with context.client(later["access_token"]) as client:
        [device] = (await client.get("/api/v1/devices")).json()["items"]
        path = f"/api/v1/devices/{device['id']}"
        for answer in (await client.post(f"{path}/trust"), await client.delete(path)):
            assert answer.status_code == 401
            assert answer.json()["type"] == "/problems/step-up-required"
            assert "max_age=300" in answer.headers["WWW-Authenticate"]
        assert (await client.delete(f"{path}/trust")).status_code == 200


async def test_a_fingerprint_is_small_and_known(context: Context) -> None:
    for wrong in (
        {"agent": "x" * 65},
        {"agent": "é"},
        {"fonts": "Arial"},
        {"screen": 5},
        {"platform": "a\nb"},
    ):
        answer = await _try(context, fingerprint=wrong)
        assert answer.status_code == 400, wrong
        assert answer.json()["errors"][0]["pointer"].startswith("/fingerprint"), answer.text
    assert (await _try(context, fingerprint={})).status_code == 200


async def test_notices_tell_of_new_devices(context: Context) -> None:
    said = (await _try(context)).json()
    async with context.client(said["access_token"]) as client:
        page = (await client.get("/api/v1/notices", params={"unread": "true"})).json()
        [notice] = page["items"]
        assert (notice["kind"], notice["read_at"]) == ("new_device", None)
        assert notice["detail"]["ip"] == "192.0.2.1"
        assert notice["detail"]["session"] == said["session_id"]
        read = await client.post(f"/api/v1/notices/{notice['id']}/read")
        assert read.json()["read_at"] is not None
        left = await client.get("/api/v1/notices", params={"unread": "true"})
        assert left.json() == {"items": [], "next_cursor": None}
        missing = await client.post(f"/api/v1/notices/{said['session_id']}/read")
        assert missing.status_code == 404


async def test_a_strange_log_in_is_challenged_and_a_trusted_ordinary_one_is_not(
    context: Context,
) -> None:
    said = (await _try(context, fingerprint=TOLD)).json()
    token = said["device_token"]
    async with context.client(said["access_token"]) as client:
        app = await _enrol(client, context)
        [device] = (await client.get("/api/v1/devices")).json()["items"]
        known = {"device_token": token, "fingerprint": TOLD}
        assert (await _try(context, **known)).status_code == 202, "not trusted yet"
        trusted = await client.post(f"/api/v1/devices/{device['id']}/trust")
        assert trusted.status_code == 200, trusted.text
    ordinary = await _try(context, **known)
    assert ordinary.status_code == 200
    async with context.client(ordinary.json()["access_token"]) as client:
        # Not asked for the factor, it has not shown it: what is sensitive still asks.
        sensitive = await client.post(f"/api/v1/devices/{device['id']}/trust")
        assert sensitive.json()["type"] == "/problems/step-up-required"
    assert (await _try(context, device_token=token, fingerprint=ELSEWHERE)).status_code == 202
    strange = await _try(context, ip="198.51.100.7")
    assert strange.status_code == 202
    context.clock.advance(_STEP_S)
    answered = await _post(
        context,
        "/auth/challenge",
        {
            "challenge": strange.json()["challenge"],
            "code": app.at(context.clock.now()),
            "fingerprint": ELSEWHERE,
        },
        ip="198.51.100.7",
    )
    assert answered.status_code == 200, answered.text
    async with context.client(answered.json()["access_token"]) as client:
        devices = (await client.get("/api/v1/devices")).json()["items"]
        assert [one["fingerprint"]["agent"] for one in devices] == ["firefox", "safari"]
        kinds = [one["kind"] for one in (await client.get("/api/v1/notices")).json()["items"]]
        assert kinds.count("new_device") == 2
        # It was shown who it is: nothing is left to warn of.
        assert "unusual_login" not in kinds


async def test_a_strange_log_in_without_a_factor_opens_a_session_that_asks_again(
    context: Context,
) -> None:
    assert (await _try(context)).status_code == 200
    strange = await _try(context, ip="198.51.100.7")
    assert strange.status_code == 200
    async with context.client(strange.json()["access_token"]) as client:
        devices = (await client.get("/api/v1/devices")).json()["items"]
        path = f"/api/v1/devices/{devices[0]['id']}"
        refused = await client.delete(path)
        assert (refused.status_code, refused.json()["type"]) == (
            401,
            "/problems/step-up-required",
        )
        newest = (await client.get("/api/v1/notices")).json()["items"][0]
        assert newest["kind"] == "unusual_login"
        assert newest["detail"]["reasons"] == "a new device in a new network"
        password = {"password": context.founded.password}
        renewed = await client.post("/api/v1/auth/step-up", json=password)
        assert renewed.status_code == 200, renewed.text
    async with context.client(renewed.json()["access_token"]) as client:
        assert (await client.delete(path)).status_code == 200
