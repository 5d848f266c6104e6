"""Passkeys belong to one site: what no browser would take is refused at the start."""

from pathlib import Path

import pytest

from bootstrap.settings.passkeys import passkey_origins
from tests.unit.bootstrap.settings.test_load import faults, load

ORIGINS = "BALLAST_PASSKEYS_ORIGINS (passkeys.origins)"


@pytest.mark.parametrize(
    "rp_id",
    ["127.0.0.1", "::1", "Desk.example.com", "https://a.b", "a b", "-a.b", "a..b", "a" * 254],
)
def test_a_relying_party_is_a_domain(tmp_path: Path, rp_id: str) -> None:
    (told,) = faults(tmp_path, f"[passkeys]\nrp_id = '{rp_id}'")
    assert told.startswith("ballast.toml:2 (passkeys.rp_id): must be a domain such as desk.example")


@pytest.mark.parametrize("rp_id", ["localhost", "desk.example.com", "a-b.example", "nas"])
def test_domains_are_taken(tmp_path: Path, rp_id: str) -> None:
    assert load(tmp_path, BALLAST_PASSKEYS_RP_ID=rp_id).settings.passkeys.rp_id == rp_id


@pytest.mark.parametrize("name", ["x" * 65, "a\tb"])
def test_a_relying_party_has_a_name(tmp_path: Path, name: str) -> None:
    (told,) = faults(tmp_path, BALLAST_PASSKEYS_RP_NAME=name)
    assert "passkeys.rp_name" in told


@pytest.mark.parametrize(
    ("origin", "told"),
    [
        ("*", "must be origins such as"),
        ("https://", "must be origins such as"),
        ("https://desk.example.com/", "must be origins such as"),
        ("https://Desk.example.com", "must be origins such as"),
        ("https://desk.example.com:443", "must be origins such as"),
        ("https://ada@desk.example.com", "must be origins such as"),
        ("https://desk.example.com:x", "must be origins such as"),
        ("http://desk.example.com", "must begin with https:// unless they are of localhost"),
        ("ftp://desk.example.com", "must begin with https:// unless they are of localhost"),
        ("https://other.example.com", "must be of desk.example.com (passkeys.rp_id) or below it"),
        ("https://evildesk.example.com", "must be of desk.example.com (passkeys.rp_id) or below"),
        ("https://example.com", "must be of desk.example.com (passkeys.rp_id) or below it"),
        ("http://localhost", "must be of desk.example.com (passkeys.rp_id) or below it"),
    ],
)
def test_an_origin_is_one_that_a_browser_would_let_ask(
    tmp_path: Path, origin: str, told: str
) -> None:
    (fault,) = faults(
        tmp_path, BALLAST_PASSKEYS_RP_ID="desk.example.com", BALLAST_PASSKEYS_ORIGINS=origin
    )
    assert fault.startswith(f"{ORIGINS}: {told}")
    assert fault.endswith(f", not {origin!r}")


def test_origins_that_are_given_are_all_there_are(tmp_path: Path) -> None:
    given = "https://desk.example.com,https://app.desk.example.com:8443"
    settings = load(
        tmp_path,
        BALLAST_PASSKEYS_RP_ID="desk.example.com",
        BALLAST_PASSKEYS_ORIGINS=given,
        BALLAST_HTTP_ALLOWED_ORIGINS="https://more.desk.example.com",
    ).settings
    assert passkey_origins(settings) == tuple(given.split(","))


@pytest.mark.parametrize(
    ("environment", "origins"),
    [
        ({}, ("http://localhost:8000",)),
        ({"BALLAST_HTTP_PORT": "80"}, ("http://localhost",)),
        ({"BALLAST_HTTP_PORT": "0"}, ()),
        (
            {"BALLAST_HTTP_TLS_CERTIFICATE": "a.pem", "BALLAST_HTTP_TLS_KEY": "a.key"},
            ("https://localhost:8000",),
        ),
        (
            {"BALLAST_HTTP_ALLOWED_ORIGINS": "http://localhost:5173,https://a.example"},
            ("http://localhost:8000", "http://localhost:5173"),
        ),
        ({"BALLAST_PASSKEYS_RP_ID": "a.example"}, ("https://a.example",)),
        (
            {
                "BALLAST_PASSKEYS_RP_ID": "a.example",
                "BALLAST_HTTP_ALLOWED_ORIGINS": "https://b.a.example,http://a.example",
            },
            ("https://a.example", "https://b.a.example"),
        ),
    ],
)
def test_without_any_the_origins_follow_from_the_rest(
    tmp_path: Path, environment: dict[str, str], origins: tuple[str, ...]
) -> None:
    assert passkey_origins(load(tmp_path, **environment).settings) == origins
