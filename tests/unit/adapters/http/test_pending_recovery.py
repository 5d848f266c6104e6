"""An open recovery is shown wherever its owner looks, and canceled from wherever they are."""

from dataclasses import dataclass
from typing import Any

import pyotp
import pytest

from tests.unit.adapters.http.desk import EMAIL, Desk

DELAY_S = 48 * 3600


@dataclass(frozen=True, slots=True, kw_only=True)
class Owner:
    """The owner, logged in on a trusted device, while a thief asks for a recovery."""

    desk: Desk
    app: pyotp.TOTP
    said: dict[str, Any]
    # As the thief was told.
    asked: dict[str, Any]

    async def get(self, path: str, *, token: str | None = None) -> Any:
        """Ask as the owner."""
        async with self.desk.client(token or self.said["access_token"]) as client:
            return (await client.get(f"/api/v1{path}")).json()


async def post(desk: Desk, path: str, body: dict[str, Any], *, token: str | None = None) -> Any:
    async with desk.client(token) as client:
        answer = await client.post(f"/api/v1{path}", json=body)
    assert answer.is_success, answer.text
    return answer.json()


async def password_only(desk: Desk, path: str = "/auth/login", **more: Any) -> Any:
    return await post(desk, path, {"email": EMAIL, "password": desk.founded.password, **more})


@pytest.fixture
async def owner(desk: Desk) -> Owner:
    said = await password_only(desk)
    token = said["access_token"]
    made = await post(desk, "/factors/totp", {"label": "Phone"}, token=token)
    app = pyotp.TOTP(made["seed"])
    code = {"code": app.at(desk.clock.now())}
    await post(desk, f"/factors/totp/{made['id']}/confirm", code, token=token)
    desk.clock.advance(30)
    async with desk.client(token) as client:
        device = (await client.get("/api/v1/devices")).json()["items"][0]["id"]
    await post(desk, f"/devices/{device}/trust", {}, token=token)
    thief = await password_only(desk)
    assert thief["recovery"] is None
    asked = await post(desk, "/auth/recovery", {"challenge": thief["challenge"]})
    return Owner(desk=desk, app=app, said=said, asked=asked)


async def test_a_log_in_on_a_trusted_device_tells_of_it_and_cancels_nothing(owner: Owner) -> None:
    let_in = await password_only(owner.desk, device_token=owner.said["device_token"])
    assert "access_token" in let_in
    assert let_in["recovery"] == owner.asked
    again = await password_only(owner.desk, device_token=owner.said["device_token"])
    assert again["recovery"] == owner.asked


async def test_a_refresh_tells_of_it(owner: Owner) -> None:
    tokens = {name: owner.said[name] for name in ("refresh_token", "device_token")}
    assert (await post(owner.desk, "/auth/refresh", tokens))["recovery"] == owner.asked


async def test_whoever_has_to_show_a_factor_is_told_first(owner: Owner) -> None:
    for path in ("/auth/login", "/auth/token"):
        opened = await password_only(owner.desk, path)
        assert opened["recovery"] == owner.asked
    answer = {"challenge": opened["challenge"], "code": owner.app.at(owner.desk.clock.now())}
    let_in = await post(owner.desk, "/auth/challenge", answer)
    # The app is not lost.
    assert let_in["recovery"] is None
    assert (await owner.get("/members/me"))["recovery"] is None


async def test_it_stands_beside_what_one_may_do(owner: Owner) -> None:
    assert (await owner.get("/members/me"))["recovery"] == owner.asked
    assert (await owner.get("/factors"))["recovery"] == owner.asked
    kinds = [one["kind"] for one in (await owner.get("/notices"))["items"]]
    assert kinds[0] == "recovery_asked"


async def test_nobody_else_is_told(owner: Owner) -> None:
    desk = owner.desk
    asked = {"email": "ada@example.com", "role": "owner"}
    made = await post(desk, "/invitations", asked, token=owner.said["access_token"])
    joining = {"token": made["token"], "name": "Ada", "password": desk.founded.password}
    await post(desk, "/auth/join", joining)
    body = {"email": "ada@example.com", "password": desk.founded.password}
    hers = await post(desk, "/auth/login", body)
    assert hers["recovery"] is None
    assert (await owner.get("/members/me", token=hers["access_token"]))["recovery"] is None
    async with desk.client(hers["access_token"]) as ada:
        assert (await ada.delete("/api/v1/recovery")).status_code == 404
    assert (await owner.get("/members/me"))["recovery"] == owner.asked


@pytest.mark.parametrize("way", ["session", "trusted device", "signed token"])
async def test_any_person_who_is_let_in_cancels_it_without_a_factor(owner: Owner, way: str) -> None:
    desk = owner.desk
    token = owner.said["access_token"]
    if way == "trusted device":
        let_in = await password_only(desk, device_token=owner.said["device_token"])
        token = let_in["access_token"]
    if way == "signed token":
        token = desk.token
    # However long ago they showed who they are.
    desk.clock.advance(290)
    async with desk.client(token) as client:
        assert (await client.delete("/api/v1/recovery")).status_code == 204
        assert (await client.delete("/api/v1/recovery")).status_code == 404
        assert (await client.get("/api/v1/members/me")).json()["recovery"] is None
    desk.clock.advance(DELAY_S)
    assert await desk.facades.identity.recoveries.settle() == 0
    assert "challenge" in await password_only(desk)


async def test_a_script_is_told_and_cancels_nothing(owner: Owner) -> None:
    desk = owner.desk
    asked = {"name": "script", "scopes": ["identity.self"]}
    made = await post(desk, "/tokens", asked, token=owner.said["access_token"])
    async with desk.client(made["token"]) as script:
        assert (await script.delete("/api/v1/recovery")).status_code == 403
    assert (await owner.get("/members/me", token=made["token"]))["recovery"] == owner.asked
