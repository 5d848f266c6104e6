"""The login that answers requests: its name and password follow from the owner's."""

import base64
import hashlib
import hmac
from urllib.parse import urlsplit

import pytest

from adapters.postgres.link.address import AddressInvalid
from adapters.postgres.link.app_role import _scram as scram
from adapters.postgres.link.app_role import app_url, login_of

OWNER = "postgresql://ballast:s3cret@db:6543/books?sslmode=require"


def test_place_and_options_are_the_owners() -> None:
    made, owners = urlsplit(app_url(OWNER)), urlsplit(OWNER)
    assert (made.hostname, made.port, made.path, made.query) == (
        owners.hostname,
        owners.port,
        owners.path,
        owners.query,
    )
    assert made.username == "ballast_app"


def test_every_process_comes_to_the_same_login_and_a_stranger_to_another() -> None:
    assert app_url(OWNER) == app_url(OWNER.replace("postgresql:", "postgres:"))
    passwords = {
        urlsplit(app_url(url)).password
        for url in (OWNER, OWNER.replace("s3cret", "s3cres"), OWNER.replace("ballast:", "other:"))
    }
    assert len(passwords) == 3
    assert all(password is not None and len(password) == 43 for password in passwords)
    assert "s3cret" not in app_url(OWNER)


def test_names_are_kept_whole_and_within_what_postgres_takes() -> None:
    assert login_of(app_url("postgresql://my%20user:p@db/books")) == "my user_app"
    long = "u" * 70
    assert login_of(app_url(f"postgresql://{long}:p@db/books")) == "u" * 59 + "_app"


def test_without_a_password_none_is_made_up() -> None:
    assert urlsplit(app_url("postgresql://me@db/books")).password is None


def test_a_given_login_is_taken_as_it_is() -> None:
    given = "postgresql://web:pw@db:6543/books"
    assert app_url(OWNER, given=given) == given
    with pytest.raises(AddressInvalid):
        app_url(OWNER, given="http://web@db/books")


def test_the_server_is_told_what_checks_the_password_and_not_the_password() -> None:
    told = scram("hunter2")
    assert "hunter2" not in told
    assert told != scram("hunter2")
    kind, salted, keys = told.split("$")
    rounds, salt = salted.split(":")
    stored, server = (base64.b64decode(part) for part in keys.split(":"))
    assert (kind, rounds) == ("SCRAM-SHA-256", "4096")
    secret = hashlib.pbkdf2_hmac("sha256", b"hunter2", base64.b64decode(salt), 4096)
    client = hmac.new(secret, b"Client Key", hashlib.sha256).digest()
    assert stored == hashlib.sha256(client).digest()
    assert server == hmac.new(secret, b"Server Key", hashlib.sha256).digest()
