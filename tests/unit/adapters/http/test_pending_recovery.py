"""An open recovery is shown wherever its owner looks, and canceled from wherever they are."""

from dataclasses import dataclass
from typing import Any

import pyotp
import pytest

from tests.unit.adapters.http.context import EMAIL, Context

DELAY_S = 48 * 3600


@dataclass(frozen=True, slots=True, kw_only=True)
class Owner:
    """The owner, logged in on a trusted device, while a thief asks for a recovery."""

    context: Context
    app: pyotp.TOTP
    said: dict[str, Any]
    # As the thief was told.
    asked: dict[str, Any]

    async def get(self, path: str, *, token: str | None = None) -> Any:
        """Ask as the owner."""
        async with self.context.client(token or self.said["access_token"]) as client:
            return (await client.get(f"/api/v1{path}")).json()


async def post(
    context: Context, path: str, body: dict[str, Any], *, token: str | None = None
) -> Any:
    async with context.client(token) as client:
        answer = await client.post(f"/api/v1{path}", json=body)
    assert answer.is_success, answer.text
    return answer.json()


async def password_only(context: Context, path: str = "/auth/login", **more: Any) -> Any:
    return await post(context, path, {"email": EMAIL, "password": context.founded.password, **more})


@pytest.fixture
async def owner(context: Context) -> Owner:
    said = await password_only(context)
    token = said["access_token"]
    made = await post(context, "/factors/totp", {"label": "Phone"}, token=token)
    app = pyotp.TOTP(made["seed"])
    code = {"code": app.at(context.clock.now())}
    await post(context, f"/factors/totp/{made['id']}/confirm", code, token=token)
    context.clock.advance(30)
    async with context.client(token) as client:
        device = (await client.get("/api/v1/devices")).json()["items"][0]["id"]
    await post(context, f"/devices/{device}/trust", {}, token=token)
    thief = await password_only(context)
    assert thief["recovery"] is None
    asked = await post(context, "/auth/recovery", {"challenge": thief["challenge"]})
    return Owner(context=context, app=app, said=said, asked=asked)


async def test_a_log_in_on_a_trusted_device_tells_of_it_and_cancels_nothing(owner: Owner) -> None:
    let_in = await password_only(owner.context, device_token=owner.said["device_token"])
    assert "access_token" in let_in
    assert let_in["recovery"] == owner.asked
    again = await password_only(owner.context, device_token=owner.said["device_token"])
    assert again["recovery"] == owner.asked


async def test_a_refresh_tells_of_it(owner: Owner) -> None:
    tokens = {name: owner.said[name] for name in ("refresh_token", "device_token")}
    assert (await post(owner.context, "/auth/refresh", tokens))["recovery"] == owner.asked


async def test_whoever_has_to_show_a_factor_is_told_first(owner: Owner) -> None:
    for path in ("/auth/login", "/auth/token"):
        opened = await password_only(owner.context, path)
        assert opened["recovery"] == owner.asked
    answer = {"challenge": opened["challenge"], "code": owner.app.at(owner.context.clock.now())}
    let_in = await post(owner.context, "/auth/challenge", answer)
    # The app is not lost.
    assert let_in["recovery"] is None
    assert (await owner.get("/members/me"))["recovery"] is None


async def test_it_stands_beside_what_one_may_do(owner: Owner) -> None:
    assert (await owner.get("/members/me"))["recovery"] == owner.asked
    assert (await owner.get("/factors"))["recovery"] == owner.asked
    kinds = [one["kind"] for one in (await owner.get("/notices"))["items"]]
    assert kinds[0] == "recovery_asked"


async def test_nobody_else_is_told(owner: Owner) -> None:
    context = owner.context
    asked = {"email": "ada@example.com", "role": "owner"}
    made = await post(context, "/invitations", asked, token=owner.said["access_token"])
    joining = {"token": made["token"], "name": "Ada", "password": context.founded.password}
    await post(context, "/auth/join", joining)
    body = {"email": "ada@example.com", "password": context.founded.password}
    hers = await post(context, "/auth/login", body)
    assert hers["recovery"] is None
    assert (await owner.get("/members/me", token=hers["access_token"]))["recovery"] is None
    async with context.client(hers["access_token"]) as ada:
        assert (await ada.delete("/api/v1/recovery")).status_code == 404
    assert (await owner.get("/members/me"))["recovery"] == owner.asked


@pytest.mark.parametrize("way", ["session", "trusted device", "signed token"])
async def test_any_person_who_is_let_in_cancels_it_without_a_factor(owner: Owner, way: str) -> None:
    context = owner.context
    token = owner.said["access_token"]
    if way == "trusted device":
        let_in = await password_only(context, device_token=owner.said["device_token"])
        token = let_in["access_token"]
    if way == "signed token":
        token = context.token
    # However long ago they showed who they are.
    context.clock.advance(290)
    async with context.client(token) as client:
        assert (await client.delete("/api/v1/recovery")).status_code == 204
        assert (await client.delete("/api/v1/recovery")).status_code == 404
        assert (await client.get("/api/v1/members/me")).json()["recovery"] is None
    context.clock.advance(DELAY_S)
    assert await context.facades.identity.recoveries.settle() == 0
    assert "challenge" in await password_only(context)


async def test_a_script_is_told_and_cancels_nothing(owner: Owner) -> None:
    context = owner.context
    asked = {"name": "script", "scopes": ["identity.self"]}
    made = await post(context, "/tokens", asked, token=owner.said["access_token"])
    async with context.client(made["token"]) as script:
        assert (await script.delete("/api/v1/recovery")).status_code == 403
    assert (await owner.get("/members/me", token=made["token"]))["recovery"] == owner.asked
