"""Whom a request comes from: proxies that are trusted are believed, nobody else."""

from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.http.clients import HOPS_MAX, Proxies, address_of, client_of
from adapters.http.settings import HttpSettings
from tests.unit.adapters.http.context import EMAIL, open_context
from tests.unit.adapters.http.test_audit import seal

TRUSTED = "10.0.0.0/8"
PROXY = "10.0.0.1"
addresses = st.one_of(
    st.ip_addresses(v=4, network="203.0.113.0/24").map(str),
    st.ip_addresses(v=6, network="2001:db8::/32").map(str),
)
inside = st.ip_addresses(v=4, network=TRUSTED).map(str)
# What a client may write itself: anything that a header can hold.
junk = st.text(
    st.characters(min_codepoint=0x20, max_codepoint=0xFF, exclude_characters="\x7f"), max_size=60
)


def _asked(
    *headers: tuple[str, str],
    peer: str | None = PROXY,
    by: str = "x-forwarded-for",
    scheme: str = "http",
) -> dict[str, Any]:
    pairs = [(name.encode(), value.encode("latin-1")) for name, value in headers]
    scope: Any = {"state": {}, "client": (peer, 1) if peer is not None else None, "scheme": scheme}
    Proxies([TRUSTED, "fd00::/8"], header=by).place(scope, headers=dict(pairs), pairs=pairs)
    found: dict[str, Any] = scope
    return found


def _client(
    *headers: tuple[str, str], peer: str | None = PROXY, by: str = "x-forwarded-for"
) -> str:
    scope: Any = _asked(*headers, peer=peer, by=by)
    return client_of(scope)


def _for(address: str) -> str:
    return f'for="[{address}]:4711"' if ":" in address else f"for={address}"


@given(said=junk, client=addresses, chain=st.lists(inside, max_size=4))
def test_whatever_a_client_writes_the_one_that_reached_our_proxies_counts(
    said: str, client: str, chain: Sequence[str]
) -> None:
    line = ", ".join([said, client, *chain])
    assert _client(("x-forwarded-for", line)) == client
    named = ", ".join([said, *(_for(one) for one in (client, *chain))])
    assert _client(("forwarded", named), by="forwarded") == client


@given(said=junk, client=addresses, chain=st.lists(inside, max_size=4))
def test_it_is_the_same_over_several_lines(said: str, client: str, chain: Sequence[str]) -> None:
    lines = [("x-forwarded-for", one) for one in (said, client, *chain)]
    assert _client(*lines) == client
    named = [("forwarded", one) for one in (said, *(_for(each) for each in (client, *chain)))]
    assert _client(*named, by="forwarded") == client


@given(said=junk, peer=addresses)
def test_who_is_no_proxy_of_ours_is_believed_nothing(said: str, peer: str) -> None:
    for by in ("x-forwarded-for", "forwarded"):
        scope = _asked((by, said), ("x-forwarded-proto", "https"), peer=peer, by=by)
        assert scope["state"] == {}
        assert scope["scheme"] == "http"


@given(said=junk)
def test_nothing_that_is_written_breaks_it_and_an_address_comes_of_it(said: str) -> None:
    for by in ("x-forwarded-for", "forwarded"):
        assert address_of(_client((by, said), by=by)) is not None


@pytest.mark.parametrize("by", ["x-forwarded-for", "forwarded"])
def test_the_other_header_is_ignored(by: str) -> None:
    other = {"x-forwarded-for": "forwarded", "forwarded": "x-forwarded-for"}[by]
    spoofed = "for=192.0.2.1" if other == "forwarded" else "192.0.2.1"
    assert _client((other, spoofed), by=by) == PROXY


@pytest.mark.parametrize("nobody", ["unknown", "_hidden", "", "192.0.2.256", "fe80::1%eth0", "a.b"])
def test_where_a_proxy_names_nobody_it_counts_itself(nobody: str) -> None:
    assert _client(("x-forwarded-for", f"192.0.2.1, 10.0.0.9, {nobody or '?'}")) == PROXY
    assert _client(("forwarded", f"for=192.0.2.1, for={nobody}"), by="forwarded") == PROXY
    assert _client(("forwarded", "for=192.0.2.1, proto=https"), by="forwarded") == PROXY


@pytest.mark.parametrize(
    ("hop", "address"),
    [
        ("192.0.2.1:80", "192.0.2.1"),
        ("[2001:db8::1]:80", "2001:db8::1"),
        ("2001:DB8:0::1", "2001:db8::1"),
        ('"[2001:db8::1]"', "2001:db8::1"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("192.0.2.1:", None),
        ("192.0.2.1:http", None),
        ("[2001:db8::1]x", None),
        ("[2001:db8::1", "2001:db8::1"),
        ("192.0.2.01", None),
    ],
)
def test_a_hop_is_read_with_and_without_its_port(hop: str, address: str | None) -> None:
    assert address_of(hop) == address


def test_a_chain_of_nothing_but_ours_ends_at_the_first() -> None:
    assert _client(("x-forwarded-for", "10.0.0.3, 10.0.0.2")) == "10.0.0.3"
    endless = ", ".join(f"10.0.{n}.1" for n in range(HOPS_MAX + 8))
    assert _client(("x-forwarded-for", endless)) == "10.0.8.1"
    assert _client(("x-forwarded-for", "192.0.2.9"), peer="::ffff:10.0.0.1") == "192.0.2.9"
    assert _client(("x-forwarded-for", "192.0.2.9"), peer="fd00::1") == "192.0.2.9"
    assert _client(("x-forwarded-for", "192.0.2.9"), peer=None) == ""
    assert _client(("x-forwarded-for", "192.0.2.9"), peer="/run/socket") == "/run/socket"


def test_the_scheme_is_the_one_the_client_came_by() -> None:
    said = ("x-forwarded-for", "192.0.2.1")
    assert _asked(said, ("x-forwarded-proto", "https"))["scheme"] == "https"
    assert _asked(said, ("x-forwarded-proto", "http, HTTPS"))["scheme"] == "https"
    assert _asked(said, ("x-forwarded-proto", "gopher"))["scheme"] == "http"
    assert _asked(said, ("x-forwarded-proto", "https"), scheme="ws")["scheme"] == "wss"
    assert _asked(said, ("x-forwarded-proto", "http"), scheme="wss")["scheme"] == "ws"
    named = ("forwarded", "for=192.0.2.1;proto=https, for=10.0.0.2;proto=http")
    assert _asked(named, by="forwarded")["scheme"] == "https"
    spoofed = ("forwarded", "for=1.1.1.1;proto=https, for=192.0.2.1;proto=http")
    assert _asked(spoofed, by="forwarded")["scheme"] == "http"


async def test_the_audit_trail_names_the_client_behind_the_proxy() -> None:
    # The test client's own address is 127.0.0.1.
    for trusted, expected in ((("127.0.0.0/8",), "203.0.113.7"), ((), "127.0.0.1")):
        settings = HttpSettings(access_log=False, trusted_proxies=trusted)
        async with open_context(settings) as context, context.client() as client:
            headers = {"X-Forwarded-For": "192.0.2.1, 203.0.113.7"}
            body = {"email": EMAIL, "password": context.founded.password}
            entered = await client.post("/api/v1/auth/login", json=body, headers=headers)
            assert entered.status_code == 200
            made = await client.post("/api/v1/orders", json=context.order(), headers=headers)
            sessions = (await client.get("/api/v1/sessions")).json()["items"]
            assert [one["ip"] for one in sessions] == [expected]
            await seal(context)
            asked = {"subject": made.json()["id"]}
            (entry,) = (await client.get("/api/v1/audit", params=asked)).json()["items"]
            assert entry["ip"] == expected


async def test_the_throttle_counts_the_client_behind_the_proxy() -> None:
    settings = HttpSettings(access_log=False, trusted_proxies=("127.0.0.0/8",))
    async with open_context(settings) as context, context.client(None) as nobody:
        body = {"token": "bli_" + "x" * 43, "name": "Eve", "password": "orbit velvet cactus lamp"}

        async def joined(client: str) -> int:
            headers = {"X-Forwarded-For": client}
            answer = await nobody.post("/api/v1/auth/join", json=body, headers=headers)
            return answer.status_code

        statuses = [await joined("203.0.113.7") for _ in range(21)]
        assert statuses == [403] * 20 + [429]
        assert await joined("203.0.113.8") == 403
        # One site has a /64: another address of it is no other client.
        assert [await joined(f"2001:db8::{n:x}") for n in range(21)][-1] == 429
        assert await joined("2001:db8:0:1::1") == 403
