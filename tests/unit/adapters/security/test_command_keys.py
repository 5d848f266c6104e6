"""Keys of producers verify what they signed and nothing else, and tell no secret."""

import hashlib
import hmac
import json
from typing import Any
from uuid import UUID

import pytest

from adapters.security.command_keys import UnusableCommandKeys, read_command_keys
from adapters.settings.show import MASK, effective
from bootstrap.settings.load import load_settings
from ports.command_keys import Producer
from tests.unit.adapters.kafka.counter import SECRET, command_id

KEY = {"id": "k-1", "secret": SECRET, "tenant": command_id("t"), "actor": "producer:p"}


def mac(content: bytes, *, secret: str = SECRET) -> bytes:
    return hmac.digest(secret.encode(), content, hashlib.sha256)


def test_a_signature_holds_for_its_key_and_content_only() -> None:
    keys = read_command_keys(json.dumps([KEY, KEY | {"id": "k-2", "secret": SECRET * 2}]))
    assert keys.verify(key_id="k-1", content=b"a", mac=mac(b"a")) is not None
    assert keys.verify(key_id="k-1", content=b"b", mac=mac(b"a")) is None
    assert keys.verify(key_id="k-2", content=b"a", mac=mac(b"a")) is None
    assert keys.verify(key_id="k-3", content=b"a", mac=mac(b"a")) is None
    assert keys.verify(key_id="k-3", content=b"a", mac=mac(b"a", secret="\0" * 32)) is None
    assert keys.verify(key_id="k-1", content=b"a", mac=b"") is None


@pytest.mark.parametrize(
    ("more", "user"),
    [
        ({}, None),
        ({"user": command_id("a")}, "a"),
        ({"actor": f"user:{command_id('a')}"}, "a"),
        ({"actor": f"user:{command_id('a')}", "user": command_id("a")}, "a"),
    ],
)
def test_a_key_has_the_rights_of_the_user_that_it_names_or_signs_as(
    more: dict[str, Any], user: str | None
) -> None:
    keys = read_command_keys(json.dumps([KEY | more]))
    producer = keys.verify(key_id="k-1", content=b"a", mac=mac(b"a"))
    assert producer is not None
    assert producer.user_id == (UUID(command_id(user)) if user is not None else None)


def test_without_keys_nobody_is_known() -> None:
    assert read_command_keys(None).verify(key_id="k-1", content=b"a", mac=mac(b"a")) is None


@pytest.mark.parametrize(
    "wrong",
    [
        {"id": ""},
        {"id": "a b"},
        {"secret": "short"},
        {"secret": None},
        {"tenant": "x"},
        {"tenant": None},
        {"actor": ""},
        {"accounts": "all"},
        {"accounts": [1]},
        {"extra": 1},
        {"user": "x"},
        {"actor": "user:x"},
        {"actor": f"user:{command_id('a')}", "user": command_id("b")},
    ],
)
def test_a_key_that_cannot_be_taken_is_told_without_its_secret(wrong: dict[str, Any]) -> None:
    with pytest.raises(UnusableCommandKeys) as told:
        read_command_keys(json.dumps([KEY | wrong]))
    assert "key 1" in str(told.value)
    assert SECRET not in str(told.value)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"id": "a" * 65}, "id must be 1 to 64 printable ASCII characters without spaces"),
        ({"secret": "s" * 31}, "secret must be 32 to 512 characters"),
        ({"secret": "s" * 513}, "secret must be 32 to 512 characters"),
        ({"actor": "a" * 65}, "actor must be 1 to 64 characters that can be seen"),
        ({"accounts": {}}, "accounts must be a list of account ids"),
        ({"accounts": ["x"]}, "tenant, user or accounts must be ids"),
        ({"tenant": 1}, "tenant, user or accounts must be ids"),
        ({"other": 1}, "must have accounts, actor, id, secret, tenant, user only"),
    ],
)
def test_the_message_says_which_key_and_what_it_must_be(wrong: dict[str, Any], said: str) -> None:
    with pytest.raises(UnusableCommandKeys) as told:
        read_command_keys(json.dumps([KEY | {"id": "k-0"}, KEY | wrong]))
    assert str(told.value) == f"key 2: {said}"


def test_a_key_whose_secret_stands_twice_is_refused() -> None:
    twice = json.dumps([KEY]).replace("{", '{"secret": "%s", ' % ("x" * 32), 1)
    with pytest.raises(UnusableCommandKeys, match="/0/secret stands there twice"):
        read_command_keys(twice)


def test_a_list_is_told_what_it_must_be() -> None:
    for text, said in (
        ("{", "must be a JSON list of keys"),
        ("{}", "must be a JSON list of at most 1000 keys"),
        (json.dumps([KEY] * 1_001), "must be a JSON list of at most 1000 keys"),
        (json.dumps([KEY, KEY]), "two keys have the same id"),
    ):
        with pytest.raises(UnusableCommandKeys) as told:
            read_command_keys(text)
        assert str(told.value) == said
    many = [KEY | {"id": f"k-{number}"} for number in range(1_000)]
    keys = read_command_keys(json.dumps(many))
    assert keys.verify(key_id="k-999", content=b"a", mac=mac(b"a")) is not None


def test_a_key_at_its_limits_is_bound_to_its_tenant_actor_and_accounts() -> None:
    accounts = [command_id("one"), command_id("two")]
    for secret in ("s" * 32, "s" * 512):
        whole = KEY | {"id": "k" * 64, "actor": "a" * 64, "secret": secret, "accounts": accounts}
        # Every field that there is may be given.
        whole["user"] = command_id("u")
        producer = read_command_keys(json.dumps([whole])).verify(
            key_id="k" * 64, content=b"a", mac=mac(b"a", secret=secret)
        )
        assert producer == Producer(
            key_id="k" * 64,
            tenant_id=UUID(command_id("t")),
            actor="a" * 64,
            accounts=frozenset(UUID(one) for one in accounts),
            user_id=UUID(command_id("u")),
        )


@pytest.mark.parametrize("text", ["", "{", "{}", "null", json.dumps([KEY, KEY]), "[" * 100_000])
def test_what_is_no_list_of_different_keys_is_refused(text: str) -> None:
    with pytest.raises(UnusableCommandKeys):
        read_command_keys(text)


def test_the_keys_are_masked_wherever_they_are_shown() -> None:
    environment = {"BALLAST_COMMANDS_KEYS": json.dumps([KEY])}
    loaded = load_settings(environment=environment)
    assert SECRET not in effective(loaded)
    assert f'keys = "{MASK}"' in effective(loaded)
    assert SECRET not in repr(loaded.settings)
    assert SECRET not in repr(read_command_keys(json.dumps([KEY])))
