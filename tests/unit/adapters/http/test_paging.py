"""Lists go out in pages, and a page says whether another follows: also when it is just full."""

import httpx
import pytest

from tests.unit.adapters.http.context import EMAIL, Context

PASSWORD = "orbit velvet cactus lantern"
LISTS = ("sessions", "devices", "notices", "users", "invitations")


async def _two_of_each(context: Context) -> str:
    """Log in on two devices, invite two and let one of them join; return an access token."""
    tokens = []
    for platform in ("linux", "ios"):
        body = {
            "email": EMAIL,
            "password": context.founded.password,
            "fingerprint": {"platform": platform},
        }
        async with context.client(None) as nobody:
            said = await nobody.post("/api/v1/auth/login", json=body)
        assert said.status_code == 200, said.text
        tokens.append(said.json()["access_token"])
    async with context.client() as owner:
        for name in ("ada", "bob"):
            asked = {"email": f"{name}@example.com", "role": "trader"}
            invited = await owner.post("/api/v1/invitations", json=asked)
            assert invited.status_code == 201, invited.text
        joining = {"token": invited.json()["token"], "name": "Bob", "password": PASSWORD}
        joined = await owner.post("/api/v1/auth/join", json=joining)
        assert joined.status_code == 201, joined.text
    access: str = tokens[-1]
    return access


@pytest.mark.parametrize("listed", LISTS)
async def test_a_just_full_last_page_is_the_last_one(context: Context, listed: str) -> None:
    async with context.client(await _two_of_each(context)) as client:

        async def page(**asked: str | int) -> tuple[list[str], str | None]:
            answer: httpx.Response = await client.get(f"/api/v1/{listed}", params=asked)
            assert answer.status_code == 200, answer.text
            body = answer.json()
            return [one["id"] for one in body["items"]], body["next_cursor"]

        whole, more = await page(limit=2)
        assert (len(whole), more) == (2, None)
        first, cursor = await page(limit=1)
        assert first == whole[:1]
        assert cursor is not None
        assert await page(limit=1, cursor=cursor) == (whole[1:], None)
