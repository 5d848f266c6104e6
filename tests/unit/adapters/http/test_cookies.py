"""Tokens in cookies: for our own pages alone, by port, and of use for nothing but new tokens."""

from http.cookies import SimpleCookie
from typing import Any

import httpx
import pytest
from litestar.routes import HTTPRoute

from adapters.http.documented import OPT, RouteDescription
from adapters.http.settings import HttpSettings
from tests.authenticator import Authenticator
from tests.unit.adapters.http.context import EMAIL, Context, open_context
from tests.unit.adapters.http.test_passkeys import asked, registered

AUTH = "/api/v1/auth"
HOST = "localhost:8000"
REFRESH, DEVICE = "__Host-ballast-refresh-8000", "__Host-ballast-device-8000"
OWN = {"Host": HOST, "Sec-Fetch-Site": "same-origin", "Origin": f"http://{HOST}"}
SAFARI = "Mozilla/5.0 (Macintosh) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Safari/605"
CHROME = "Mozilla/5.0 (X11) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0 Safari/537.36"


async def _post(
    context: Context, path: str, body: dict[str, Any] | None, headers: Any, token: str | None = None
) -> httpx.Response:
    """Send a request without a jar: what a cookie would do is what the test says it does."""
    async with context.client(token) as client:
        return await client.post(f"{AUTH}{path}", json=body, headers=headers)


async def _log_in(context: Context, headers: Any = OWN, **given: Any) -> httpx.Response:
    body = {"email": EMAIL, "password": context.founded.password, "keep": "cookie", **given}
    return await _post(context, "/login", body, headers)


async def _refresh(context: Context, cookie: str | None, headers: Any = OWN) -> httpx.Response:
    sent = list(headers.items()) + ([("Cookie", cookie)] if cookie is not None else [])
    return await _post(context, "/refresh", {"keep": "cookie"}, sent)


def _set(answer: httpx.Response) -> dict[str, str]:
    """Return the cookies of an answer, each as it is written."""
    lines = answer.headers.get_list("set-cookie")
    return {line.partition("=")[0]: line.partition("=")[2] for line in lines}


def _sent(answer: httpx.Response) -> str:
    """Return what a browser sends of the cookies of an answer."""
    found = SimpleCookie()
    for line in answer.headers.get_list("set-cookie"):
        found.load(line)
    return "; ".join(f"{name}={one.value}" for name, one in found.items())


def _kind(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["type"].removeprefix("/problems/")


async def test_a_log_in_keeps_its_tokens_in_two_cookies_that_no_script_reads(
    context: Context,
) -> None:
    answer = await _log_in(context)
    said = answer.json()
    assert (said["refresh_token"], said["device_token"]) == (None, None)
    cookies = _set(answer)
    assert set(cookies) == {REFRESH, DEVICE}
    # Nobody asked to be kept logged in: that one ends with the browser.
    refresh, *attributes = cookies[REFRESH].split("; ")
    assert attributes == ["HttpOnly", "Path=/", "SameSite=strict", "Secure"]
    device, *attributes = cookies[DEVICE].split("; ")
    assert attributes == ["HttpOnly", "Max-Age=34560000", "Path=/", "SameSite=strict", "Secure"]
    assert refresh.startswith("blr_")
    assert device.startswith("bld_")
    assert refresh not in answer.text
    assert device not in answer.text
    assert answer.headers["Cache-Control"] == "no-store"
    lasting = _set(await _log_in(context, remember=True))
    assert "Max-Age=2592000" in lasting[REFRESH].split("; ")


async def test_a_refresh_rotates_the_cookie_and_an_old_one_ends_the_session(
    context: Context,
) -> None:
    first = await _log_in(context)
    second = await _refresh(context, _sent(first))
    said = second.json()
    assert (second.status_code, said["refresh_token"], said["device_token"]) == (200, None, None)
    assert said["session_id"] == first.json()["session_id"]
    before, after = _set(first), _set(second)
    assert set(after) == {REFRESH, DEVICE}
    assert after[REFRESH] != before[REFRESH]
    assert after[DEVICE] == before[DEVICE]
    # Another tab asked with the old one before it heard of the new one.
    assert _set(await _refresh(context, _sent(first))) == after
    context.clock.advance(11)
    assert _kind(await _refresh(context, _sent(first))) == (401, "refresh-refused")
    assert _kind(await _refresh(context, _sent(second))) == (401, "refresh-refused")


async def test_a_device_is_known_again_by_its_cookie(context: Context) -> None:
    first = await _log_in(context)
    again = await _log_in(context, {**OWN, "Cookie": _sent(first)})
    assert _set(again)[DEVICE] == _set(first)[DEVICE]
    assert _set(again)[REFRESH] != _set(first)[REFRESH]
    # Who does not keep cookies is not known by them either.
    other = await _log_in(context, {**OWN, "Cookie": _sent(first)}, keep=None)
    assert other.json()["device_token"] not in _sent(first)
    assert _set(other) == {}


async def test_a_challenge_and_a_passkey_keep_them_too(
    context: Context, client: httpx.AsyncClient
) -> None:
    device = Authenticator()
    await registered(client, device)
    opened = await _log_in(context)
    assert (opened.status_code, _set(opened)) == (202, {})
    challenge = opened.json()["challenge"]
    async with context.client(None) as nobody:
        options = await asked(nobody, f"{AUTH}/challenge/passkey-options", {"challenge": challenge})
        answered = device.answer(options)
    body = {"challenge": challenge, "credential": answered, "keep": "cookie"}
    let_in = await _post(context, "/challenge", body, OWN)
    assert (let_in.status_code, let_in.json()["refresh_token"]) == (200, None)
    assert set(_set(let_in)) == {REFRESH, DEVICE}
    async with context.client(None) as nobody:
        answered = device.answer(await asked(nobody, f"{AUTH}/passkey/options"))
    known = {**OWN, "Cookie": _sent(let_in)}
    entered = await _post(context, "/passkey", {"credential": answered, "keep": "cookie"}, known)
    assert (entered.status_code, entered.json()["device_token"]) == (200, None)
    assert _set(entered)[DEVICE] == _set(let_in)[DEVICE]


ELSEWHERE: list[dict[str, str]] = [
    {"Sec-Fetch-Site": "cross-site", "Origin": "http://evil.example"},
    # A server on another port of the same host.
    {"Sec-Fetch-Site": "same-site", "Origin": "http://localhost:9000"},
    {"Sec-Fetch-Site": "same-site", "Origin": f"http://{HOST}"},
    {"Sec-Fetch-Site": "none"},
    {"Sec-Fetch-Site": "same-origin, cross-site"},
    {"Sec-Fetch-Site": ""},
    {"Origin": "http://localhost:9000"},
    {"Origin": "http://localhost"},
    {"Origin": "http://evil.example"},
    {"Origin": f"http://{HOST}.evil.example"},
    {"Origin": "null"},
    {"Origin": ""},
    {"Origin": "http://[::1"},
    {},
]


async def test_no_page_but_ours_is_let_in_by_a_cookie(context: Context) -> None:
    kept = await _log_in(context)
    for headers in ELSEWHERE:
        from_there = {"Host": HOST, **headers}
        refused = await _refresh(context, _sent(kept), from_there)
        assert _kind(refused) == (403, "origin-refused"), headers
        assert _set(refused) == {}
        assert _kind(await _log_in(context, from_there)) == (403, "origin-refused"), headers
    # Nothing was used up: the page that it belongs to goes on.
    assert (await _refresh(context, _sent(kept))).status_code == 200


async def test_a_port_that_cannot_be_and_plain_http_to_another_machine_are_refused() -> None:
    settings = HttpSettings(access_log=False, any_address=True)
    async with open_context(settings) as context:
        for host in ("localhost:99999", "[192.0.2.7]:8000", "192.0.2.7:8000"):
            from_there = {"Host": host, "Sec-Fetch-Site": "same-origin", "Origin": f"http://{host}"}
            assert _kind(await _log_in(context, from_there)) == (403, "origin-refused"), host
        # Behind TLS that a proxy took off, it is a machine like any other.
        behind = {"Host": "192.0.2.7:8000", "Origin": "https://192.0.2.7:8000"}
        assert set(_set(await _log_in(context, behind))) == {REFRESH, DEVICE}


async def test_a_second_fetch_header_takes_nothing_back(context: Context) -> None:
    twice = [*OWN.items(), ("Sec-Fetch-Site", "cross-site")]
    body = {"keep": "cookie"}
    assert _kind(await _post(context, "/refresh", body, twice)) == (403, "origin-refused")


async def test_an_old_browser_is_known_by_its_origin(context: Context) -> None:
    old = {"Host": HOST, "Origin": f"http://{HOST}"}
    kept = await _log_in(context, old)
    assert (await _refresh(context, _sent(kept), old)).status_code == 200


async def test_safari_on_loopback_gets_plain_names_and_nobody_else_does(context: Context) -> None:
    plain = {"ballast-refresh-8000", "ballast-device-8000"}
    safari = {**OWN, "User-Agent": SAFARI}
    kept = await _log_in(context, safari)
    assert set(_set(kept)) == plain
    for written in _set(kept).values():
        assert "Secure" not in written
        assert "HttpOnly; " in written
        assert written.endswith("Path=/; SameSite=strict")
    assert (await _refresh(context, _sent(kept), safari)).status_code == 200
    # A plain name counts for no browser that keeps secure ones.
    chrome = {**OWN, "User-Agent": CHROME}
    assert _kind(await _refresh(context, _sent(kept), chrome)) == (401, "refresh-refused")
    assert set(_set(await _log_in(context, chrome))) == {REFRESH, DEVICE}
    # Over TLS, which a proxy took off before us, it keeps them as well.
    behind = {**safari, "Origin": f"https://{HOST}"}
    assert set(_set(await _log_in(context, behind))) == {REFRESH, DEVICE}


async def test_two_servers_on_one_host_have_cookies_of_their_own(context: Context) -> None:
    other = {**OWN, "Host": "localhost:9000", "Origin": "http://localhost:9000"}
    here, there = await _log_in(context), await _log_in(context, other)
    assert set(_set(there)) == {name.replace("8000", "9000") for name in (REFRESH, DEVICE)}
    both = f"{_sent(here)}; {_sent(there)}"
    refreshed = await _refresh(context, both, other)
    assert refreshed.json()["session_id"] == there.json()["session_id"]
    assert (await _refresh(context, both)).json()["session_id"] == here.json()["session_id"]
    assert _kind(await _refresh(context, _sent(here), other)) == (401, "refresh-refused")
    at_default = {"Host": "localhost", "Sec-Fetch-Site": "same-origin"}
    assert "__Host-ballast-refresh-80" in _set(await _log_in(context, at_default))


async def test_cookies_that_are_broken_or_doubled_are_none(context: Context) -> None:
    kept = _sent(await _log_in(context))
    token = kept.partition(f"{REFRESH}=")[2].partition(";")[0]
    device = kept.partition(f"{DEVICE}=")[2].partition(";")[0]
    known = f"{DEVICE}={device}"
    for broken in (
        "",
        ";;; = ;",
        known,
        f"{REFRESH}={token}",
        f"{REFRESH}; {known}",
        f"{REFRESH}=; {known}",
        f'{REFRESH}="{token}"; {known}',
        f"{REFRESH}={token} x; {known}",
        f"{REFRESH}={token}\xff; {known}",
        f"{REFRESH}={'x' * 65}; {known}",
        f"{REFRESH}={device}; {DEVICE}={token}",
        f"{REFRESH.lower()}={token}; {known}",
        f"{REFRESH}={token}; {REFRESH}=blr_{'x' * 43}; {known}",
        f"{REFRESH}=blr_{'x' * 43}; {REFRESH}={token}; {known}",
        f"{REFRESH}={token}; {REFRESH}={token}; {known}",
    ):
        sent = [*OWN.items(), ("Cookie", broken.encode("latin-1"))]
        answer = await _post(context, "/refresh", {"keep": "cookie"}, sent)
        assert _kind(answer) == (401, "refresh-refused"), broken
    in_two_headers = [*OWN.items(), ("Cookie", f"{REFRESH}={token}"), ("Cookie", known)]
    answer = await _post(context, "/refresh", {"keep": "cookie"}, in_two_headers)
    assert answer.status_code == 200


async def test_a_token_is_either_in_the_body_or_in_a_cookie(context: Context) -> None:
    kept = _sent(await _log_in(context))
    token = kept.partition("=")[2].partition(";")[0]
    with_cookie = {**OWN, "Cookie": kept}
    for body, pointer in (
        ({"keep": "cookie", "refresh_token": token}, "/refresh_token"),
        ({"keep": "cookie", "device_token": "bld_x"}, "/device_token"),
        # Who does not say that they are in cookies has to show them.
        ({}, "/refresh_token"),
        ({"refresh_token": token}, "/device_token"),
        ({"keep": "body", "refresh_token": token, "device_token": "x"}, "/keep"),
    ):
        answer = await _post(context, "/refresh", body, with_cookie)
        assert answer.status_code == 400
        assert [one["pointer"] for one in answer.json()["errors"]] == [pointer]
    answer = await _log_in(context, device_token="bld_x")
    assert [one["pointer"] for one in answer.json()["errors"]] == ["/device_token"]


@pytest.mark.parametrize("path", ["/logout", "/logout-everywhere"])
async def test_a_log_out_lets_the_browser_forget(context: Context, path: str) -> None:
    kept = await _log_in(context)
    from_elsewhere = {"Host": HOST, "Sec-Fetch-Site": "cross-site"}
    async with context.client(None) as nobody:
        body = {"email": EMAIL, "password": context.founded.password}
        script = (await nobody.post(f"{AUTH}/login", json=body)).json()["access_token"]
    plain = await _post(context, "/logout", None, from_elsewhere, token=script)
    assert (plain.status_code, _set(plain)) == (204, {})
    assert "clear-site-data" not in plain.headers
    out = await _post(context, path, None, OWN, token=kept.json()["access_token"])
    gone = '""; HttpOnly; Max-Age=0; Path=/; SameSite=strict; Secure'
    assert _set(out) == {REFRESH: gone, DEVICE: gone}
    # Cookies of other ports would go with all of the host's.
    assert out.headers["Clear-Site-Data"] == '"storage"'
    assert _kind(await _refresh(context, _sent(kept))) == (401, "refresh-refused")


async def test_no_route_but_those_that_give_tokens_looks_at_a_cookie(context: Context) -> None:
    kept = await _log_in(context)
    looked = 0
    async with context.client(None) as nobody:
        for route in context.app.routes:
            if not isinstance(route, HTTPRoute):
                continue
            for method, (handler, *_) in route.route_handler_map.items():
                said = handler.opt.get(OPT)
                if not (isinstance(said, RouteDescription) and said.secured):
                    continue
                path = route.path_format
                for name in route.path_parameters:
                    path = path.replace(f"{{{name}}}", "018f0000-0000-7000-8000-000000000000")
                answer = await nobody.request(
                    str(method),
                    path,
                    headers={**OWN, "Cookie": _sent(kept)},
                    json={"keep": "cookie"},
                )
                assert (answer.status_code, _set(answer)) == (401, {}), (method, path)
                looked += 1
    assert looked > 100
    # Nothing of that used the session, or ended it.
    assert (await _refresh(context, _sent(kept))).status_code == 200
