"""What is asked of Vault, and what each of its answers means, to the letter."""

import base64
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest

from adapters.hashicorp_vault.client import (
    CONNECT_S,
    TOTAL_S,
    KeyAbsent,
    VaultAddress,
    VaultClient,
    VaultRefused,
)
from adapters.hashicorp_vault.keys import TransitKeys
from ports.secrets import KeysUnavailable, KeysUnusable, SecretUnreadable
from tests.secret_rig import place

ROW = place("1")
KEY = bytes(range(32))
CONTEXT = base64.b64encode(ROW.context()).decode()
Answer = tuple[int, Any]


@dataclass
class Report:
    """Answers what it was given, in order, and keeps what it was asked."""

    answers: list[Answer]
    asked: list[tuple[str, str, Any]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)

    def __call__(self, request: httpx.Request) -> httpx.Response:
        body = json.loads(request.content) if request.content else None
        self.asked.append((request.method, str(request.url), body))
        own = ("x-vault-token", "x-vault-namespace", "x-vault-request")
        self.headers.append(
            {name: request.headers[name] for name in own if name in request.headers}
        )
        status, said = self.answers.pop(0)
        if isinstance(said, Exception):
            raise said
        content = said if isinstance(said, bytes) else json.dumps(said).encode()
        return httpx.Response(status, content=content)


def client_of(
    told: Report, *, monotonic: Callable[[], float] = lambda: 0.0, **given: Any
) -> VaultClient:
    address = VaultAddress(**{"url": "http://vault.test:8200", "token": "hvs.t", **given})
    return VaultClient(address, monotonic=monotonic, transport=httpx.MockTransport(told))


def keys_of(told: Report) -> TransitKeys:
    return TransitKeys(client_of(told), mount="engine", key="ours")


def described(latest: int, lowest: int = 1, **more: Any) -> Answer:
    data = {
        "type": "aes256-gcm96",
        "derived": True,
        "latest_version": latest,
        "min_decryption_version": lowest,
    }
    return 200, {"data": data | more}


def ciphered(text: str) -> Answer:
    return 200, {"data": {"ciphertext": text}}


BASE = "http://vault.test:8200/v1"
DESCRIBE = ("GET", f"{BASE}/engine/keys/ours", None)


async def test_every_request_says_who_asks_and_in_which_namespace() -> None:
    told = Report([(200, {"data": {"a": 1}}), (204, b"")])
    client = client_of(told)
    assert await client.ask("GET", "some/path") == {"a": 1}
    assert await client.ask("POST", "some/path", {"b": 2}) == {}
    assert told.asked == [
        ("GET", f"{BASE}/some/path", None),
        ("POST", f"{BASE}/some/path", {"b": 2}),
    ]
    assert told.headers == [{"x-vault-token": "hvs.t", "x-vault-request": "true"}] * 2
    spaced = Report([(200, {})])
    await client_of(spaced, namespace="desk/").ask("GET", "x")
    assert spaced.headers[0]["x-vault-namespace"] == "desk/"
    await client.stop()
    await client.stop()
    assert repr(client) == "VaultClient(http://vault.test:8200)"
    assert (CONNECT_S, TOTAL_S) == (2.0, 10.0)


def test_an_address_shows_no_secret_and_has_vaults_usual_names() -> None:
    address = VaultAddress(url="u", token="hvs.t", secret_id="s-1")
    assert repr(address) == (
        "VaultAddress(url='u', namespace=None, mount='transit', key='ballast',"
        " role_mount='approle', role_id=None)"
    )


async def test_an_approle_logs_in_under_its_mount() -> None:
    login = (200, {"auth": {"client_token": "hvs.new", "lease_duration": 100}})
    told = Report([login, (200, {}), (200, {})])
    client = client_of(told, token=None, role_id="r", secret_id=None, role_mount="roles")
    for _ in range(2):
        await client.ask("GET", "x")
    assert told.asked[0] == (
        "POST",
        f"{BASE}/auth/roles/login",
        {"role_id": "r", "secret_id": ""},
    )
    assert told.headers == [
        {"x-vault-request": "true"},
        *[{"x-vault-token": "hvs.new", "x-vault-request": "true"}] * 2,
    ]


@pytest.mark.parametrize(
    ("lasts_s", "good_s"),
    # Thirty seconds early, but not earlier than half its time; never where it does not end.
    [(100, 70.0), (60, 30.0), (40, 20.0), (0, 1e9)],
)
async def test_a_login_is_renewed_before_it_ends(lasts_s: int, good_s: float) -> None:
    now = [5.0]
    login = (200, {"auth": {"client_token": "hvs.new", "lease_duration": lasts_s}})
    told = Report([login, (200, {}), (200, {}), login, (200, {})])
    client = client_of(told, token=None, role_id="r", secret_id="s", monotonic=lambda: now[0])
    await client.ask("GET", "x")
    now[0] = 5.0 + good_s - 0.001
    await client.ask("GET", "x")
    assert len(told.asked) == 3
    now[0] = 5.0 + good_s
    await client.ask("GET", "x") if lasts_s else None
    assert len(told.asked) == (5 if lasts_s else 3)


async def test_a_token_that_ended_is_renewed_once() -> None:
    login = (200, {"auth": {"client_token": "hvs.new", "lease_duration": 100}})
    told = Report([(403, {}), login, (200, {"data": {"a": 1}})])
    client = client_of(told, role_id="r", secret_id="s")
    assert await client.ask("GET", "x") == {"a": 1}
    assert [one.get("x-vault-token") for one in told.headers] == ["hvs.t", None, "hvs.new"]
    told.answers = [(403, {}), login, (403, {})]
    with pytest.raises(
        KeysUnusable, match=r"^Vault does not let us use x: the token or its policy"
    ):
        await client.ask("GET", "x")
    # Without a role there is no second try.
    plain = Report([(403, {})])
    with pytest.raises(KeysUnusable):
        await client_of(plain).ask("GET", "x")


@pytest.mark.parametrize(
    ("answer", "problem", "said"),
    [
        ((404, {}), KeyAbsent, "Vault has nothing at a/b"),
        ((403, {}), KeysUnusable, "Vault does not let us use a/b: the token or its policy"),
        ((503, {}), KeysUnavailable, "Vault is sealed or in maintenance"),
        ((429, {}), KeysUnavailable, "Vault cannot answer now: status 429"),
        ((500, {}), KeysUnavailable, "Vault cannot answer now: status 500"),
        (
            (307, {}),
            KeysUnusable,
            "Vault sends us elsewhere: set vault.url to its active address",
        ),
        (
            (300, {}),
            KeysUnusable,
            "Vault sends us elsewhere: set vault.url to its active address",
        ),
        ((400, {}), VaultRefused, "Vault refuses a/b: status 400"),
        ((405, {}), VaultRefused, "Vault refuses a/b: status 405"),
        ((200, b"<html>"), KeysUnavailable, "Vault's answer at a/b cannot be read"),
        ((200, []), KeysUnavailable, "Vault's answer at a/b cannot be read"),
        (
            (200, b'{"data": {}, "x": "' + b"x" * 1_048_576 + b'"}'),
            KeysUnavailable,
            "Vault's answer at a/b cannot be read",
        ),
        (
            (0, httpx.ConnectTimeout("secret")),
            KeysUnavailable,
            "Vault does not answer at http://vault.test:8200: ConnectTimeout",
        ),
    ],
)
async def test_each_answer_means_something(
    answer: Answer, problem: type[Exception], said: str
) -> None:
    with pytest.raises(problem) as caught:
        await client_of(Report([answer])).ask("GET", "a/b")
    assert str(caught.value) == said
    # What the driver said stays out of it.
    assert caught.value.__cause__ is None


async def test_what_holds_no_data_is_none() -> None:
    for answer in ((200, {}), (200, {"data": None}), (200, {"data": [1]}), (299, b"")):
        assert await client_of(Report([answer])).ask("GET", "x") == {}
    most = b'{"data": {"a": "' + b"x" * (1_048_576 - 19) + b'"}}'
    assert len(most) == 1_048_576
    assert len((await client_of(Report([(200, most)])).ask("GET", "x"))["a"]) == 1_048_576 - 19


@pytest.mark.parametrize(
    ("answer", "problem", "said"),
    [
        (
            (400, {}),
            KeysUnusable,
            "Vault does not take vault.role_id and vault.secret_id",
        ),
        ((200, {}), KeysUnavailable, "Vault's answer to the login cannot be read"),
        ((200, {"auth": None}), KeysUnavailable, "Vault's answer to the login cannot be read"),
        (
            (200, {"auth": {"client_token": "t", "lease_duration": "soon"}}),
            KeysUnavailable,
            "Vault's answer to the login cannot be read",
        ),
        ((200, b"x"), KeysUnavailable, "Vault's answer at auth/approle/login cannot be read"),
        ((404, {}), KeyAbsent, "Vault has nothing at auth/approle/login"),
    ],
)
async def test_each_answer_to_a_login_means_something(
    answer: Answer, problem: type[Exception], said: str
) -> None:
    client = client_of(Report([answer]), token=None, role_id="r", secret_id="s")
    with pytest.raises(problem) as caught:
        await client.ask("GET", "x")
    assert str(caught.value) == said


async def test_without_a_token_and_a_role_nobody_is_asked() -> None:
    told = Report([])
    with pytest.raises(KeysUnusable) as caught:
        await client_of(told, token=None).ask("GET", "x")
    assert str(caught.value) == "neither vault.token nor vault.role_id is set"
    assert told.asked == []


async def test_the_versions_are_those_that_vault_decrypts_with() -> None:
    assert await keys_of(Report([described(5, 3)])).versions([]) == {3, 4, 5}
    # Zero is how an older Vault says that none is archived.
    assert await keys_of(Report([described(2, 0)])).versions([]) == {1, 2}
    told = Report([(404, {})])
    assert await keys_of(told).versions([]) == frozenset()
    assert told.asked == [DESCRIBE]
    wrong = "^Vault's key ours must be a derived one of type aes256-gcm96$"
    for more in ({"type": "rsa-2048"}, {"derived": False}):
        with pytest.raises(KeysUnusable, match=wrong):
            await keys_of(Report([described(1, 1, **more)])).versions([])
    for name in ("latest_version", "min_decryption_version"):
        with pytest.raises(KeysUnavailable, match=f"^Vault does not tell the {name} of the key$"):
            await keys_of(Report([described(1, 1, **{name: True})])).versions([])


async def test_a_key_is_made_and_turned_until_it_is_there() -> None:
    turned = (204, b"")
    told = Report([(404, {}), turned, described(1), turned, described(2)])
    assert await keys_of(told).rotate(to=2) == b""
    make = {"type": "aes256-gcm96", "derived": True}
    assert told.asked == [
        DESCRIBE,
        ("POST", f"{BASE}/engine/keys/ours", make),
        DESCRIBE,
        ("POST", f"{BASE}/engine/keys/ours/rotate", {}),
        DESCRIBE,
    ]
    there = Report([described(3)])
    assert await keys_of(there).rotate(to=2) == b""
    assert there.asked == [DESCRIBE]
    stuck = Report([described(1), *[turned, described(1)] * 100])
    with pytest.raises(KeysUnusable, match=r"^Vault's key ours does not come to version 2$"):
        await keys_of(stuck).rotate(to=2)
    assert stuck.answers == []
    refused = Report([(404, {}), (400, {})])
    with pytest.raises(KeysUnusable, match=r"^Vault refuses engine/keys/ours: status 400$"):
        await keys_of(refused).rotate(to=1)


async def test_wrapping_names_the_context_and_the_version() -> None:
    told = Report([ciphered("vault:v3:abc"), ciphered("vault:v4:def")])
    keys = keys_of(told)
    assert await keys.wrap(KEY, row=ROW, version=3) == b"vault:v3:abc"
    assert await keys.rewrap(b"vault:v3:abc", row=ROW, before=3, after=4) == b"vault:v4:def"
    plain = base64.b64encode(KEY).decode()
    assert told.asked == [
        (
            "POST",
            f"{BASE}/engine/encrypt/ours",
            {"plaintext": plain, "key_version": 3, "context": CONTEXT},
        ),
        (
            "POST",
            f"{BASE}/engine/rewrap/ours",
            {"ciphertext": "vault:v3:abc", "key_version": 4, "context": CONTEXT},
        ),
    ]
    assert repr(keys) == "TransitKeys(engine/ours)"


@pytest.mark.parametrize("text", ["vault:v1:x", "vault:v33:x", "v3:x", None, 7])
async def test_a_ciphertext_of_another_version_is_not_believed(text: Any) -> None:
    for work in ("encrypt", "rewrap"):
        keys = keys_of(Report([(200, {"data": {"ciphertext": text}})]))
        asked = (
            keys.wrap(KEY, row=ROW, version=3)
            if work == "encrypt"
            else keys.rewrap(b"vault:v2:x", row=ROW, before=2, after=3)
        )
        with pytest.raises(KeysUnavailable) as caught:
            await asked
        assert str(caught.value) == f"Vault's answer to {work} is of another version"


async def test_unwrapping_asks_for_what_belongs_there_only() -> None:
    plain = base64.b64encode(KEY).decode()
    told = Report([(200, {"data": {"plaintext": plain}})])
    assert await keys_of(told).unwrap(b"vault:v3:abc", row=ROW, version=3) == KEY
    asked = {"ciphertext": "vault:v3:abc", "context": CONTEXT}
    assert told.asked == [("POST", f"{BASE}/engine/decrypt/ours", asked)]
    for wrapped in (b"vault:v2:abc", b"vault:v33:abc", b"\xff"):
        with pytest.raises(SecretUnreadable) as caught:
            await keys_of(Report([])).unwrap(wrapped, row=ROW, version=3)
        assert str(caught.value) == f"a key of {ROW.table} is not of version 3"
    for data in ({}, {"plaintext": None}, {"plaintext": "!"}, {"plaintext": "AA=A"}):
        keys = keys_of(Report([(200, {"data": data})]))
        with pytest.raises(KeysUnavailable, match=r"^Vault's answer to decrypt cannot be read$"):
            await keys.unwrap(b"vault:v3:abc", row=ROW, version=3)


@pytest.mark.parametrize(
    ("status", "problem", "said"),
    [
        (400, SecretUnreadable, f"Vault does not decrypt a key of {ROW.table}"),
        (404, KeysUnusable, "Vault has nothing at engine/decrypt/ours"),
    ],
)
async def test_what_vault_cannot_decrypt_is_told(
    status: int, problem: type[Exception], said: str
) -> None:
    with pytest.raises(problem) as caught:
        await keys_of(Report([(status, {})])).unwrap(b"vault:v3:abc", row=ROW, version=3)
    assert str(caught.value) == said


async def test_forgetting_raises_the_lowest_version_once() -> None:
    told = Report([described(4, 2), (204, b"")])
    await keys_of(told).forget(version=2)
    config = ("POST", f"{BASE}/engine/keys/ours/config", {"min_decryption_version": 3})
    assert told.asked == [DESCRIBE, config]
    done = Report([described(4, 3)])
    await keys_of(done).forget(version=2)
    assert done.asked == [DESCRIBE]


async def test_a_connection_waits_so_long_and_follows_nobody() -> None:
    client = client_of(Report([(200, {})]))
    await client.ask("GET", "x")
    http = client._client()
    assert http.timeout == httpx.Timeout(10.0, connect=2.0)
    assert (http.follow_redirects, http.trust_env) == (False, False)
    await client.stop()
    assert client._http is None
