"""A heartbeat counts only if a key of its own tenant signed every field of it."""

import hashlib
import hmac
import json
from typing import Any
from uuid import UUID

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.kafka.heartbeat_wire import (
    HeartbeatFault,
    HeartbeatMessage,
    read_heartbeat,
    signed_bytes,
)
from adapters.security.command_keys import read_command_keys

TENANT, OTHER, ACCOUNT = UUID(int=1), UUID(int=2), UUID(int=3)
SECRET = "s" * 32
KEYS = read_command_keys(
    json.dumps(
        [
            {"id": "k", "secret": SECRET, "tenant": str(TENANT), "actor": "a"},
            {
                "id": "narrow",
                "secret": SECRET,
                "tenant": str(TENANT),
                "actor": "a",
                "accounts": [str(ACCOUNT)],
            },
        ]
    )
)


def said(**changes: Any) -> dict[str, Any]:
    return {
        "agent_id": "momentum",
        "tenant": str(TENANT),
        "account": str(ACCOUNT),
        "kind": "strategy",
        "at": "2026-01-02T15:04:05.123456Z",
        "sequence": 7,
        "state": "running",
        "version": "1.0",
    } | changes


def signed(message: dict[str, Any], *, key_id: str = "k", secret: str = SECRET) -> dict[str, Any]:
    blank = message | {"signature": {"key_id": key_id, "mac": "0" * 64}}
    content = signed_bytes(msgspec.convert(blank, HeartbeatMessage), key_id=key_id)
    mac = hmac.digest(secret.encode(), content, hashlib.sha256).hex()
    return message | {"signature": {"key_id": key_id, "mac": mac}}


def read(message: dict[str, Any]) -> Any:
    return read_heartbeat(json.dumps(message).encode(), keys=KEYS)


def test_a_signed_heartbeat_is_read() -> None:
    heartbeat = read(signed(said()))
    assert (heartbeat.tenant_id, heartbeat.account_id) == (TENANT, ACCOUNT)
    assert (heartbeat.agent_id, heartbeat.sequence) == ("momentum", 7)


@pytest.mark.parametrize(
    "changes",
    [
        {"agent_id": "other"},
        {"account": None},
        {"kind": "x"},
        {"at": "2026-01-02T15:04:06Z"},
        {"sequence": 8},
        {"state": "paused"},
        {"version": "2"},
    ],
)
def test_a_field_changed_after_signing_breaks_the_signature(changes: dict[str, Any]) -> None:
    with pytest.raises(HeartbeatFault, match="unsigned"):
        read(signed(said()) | changes)


def test_a_key_of_another_tenant_or_account_speaks_for_nobody_here() -> None:
    with pytest.raises(HeartbeatFault, match="wrong_tenant"):
        read(signed(said(tenant=str(OTHER))))
    with pytest.raises(HeartbeatFault, match="wrong_account"):
        read(signed(said(account=None), key_id="narrow"))
    assert read(signed(said(), key_id="narrow")).account_id == ACCOUNT


@pytest.mark.parametrize(
    "changes",
    [
        {"agent_id": "a/b"},
        {"at": "2026-01-02T15:04:05.1"},
        {"at": "2026-13-02T15:04:05Z"},
    ],
)
def test_a_signed_one_that_makes_no_sense_is_malformed(changes: dict[str, Any]) -> None:
    with pytest.raises(HeartbeatFault, match="malformed"):
        read(signed(said(**changes)))


@pytest.mark.parametrize(
    "changes", [{"sequence": -1}, {"state": "dead"}, {"more": 1}, {"agent_id": "a b"}]
)
def test_what_is_no_heartbeat_is_malformed(changes: dict[str, Any]) -> None:
    with pytest.raises(HeartbeatFault, match="malformed"):
        read(signed(said()) | changes)


def test_one_with_a_name_twice_is_malformed() -> None:
    value = json.dumps(signed(said())).replace("{", '{"agent_id": "another", ', 1)
    with pytest.raises(HeartbeatFault, match="malformed"):
        read_heartbeat(value.encode(), keys=KEYS)


@given(st.binary(max_size=200))
def test_no_bytes_make_it_fail_otherwise(value: bytes) -> None:
    with pytest.raises(HeartbeatFault):
        read_heartbeat(value, keys=KEYS)


def test_one_too_large_is_not_even_read() -> None:
    with pytest.raises(HeartbeatFault, match="malformed"):
        read_heartbeat(b" " * 5_000, keys=KEYS)
