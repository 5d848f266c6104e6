"""What is sealed today opens for ever: the written form is held byte for byte, limits exactly."""

from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest

from domain.secrets.address import FORMAT, VERSION_MAX, RowAddress, bound_to
from domain.secrets.keys import CHECKED, KeyMark, KeyState, check_address, current_of
from domain.secrets.sealed import (
    NONCE_BYTES,
    SECRET_BYTES_MAX,
    TAG_BYTES,
    SealedSecret,
    UnreadableSeal,
    read_sealed,
)
from domain.shared.values import InvalidValue
from tests import builders

TENANT = UUID("00112233-4455-6677-8899-aabbccddeeff")
ROW = RowAddress(tenant_id=TENANT, table="api_keys", column="key", row="7")
SEALED = SealedSecret(
    key_version=0x01020304,
    sealed_version=0x7FFFFFFF,
    wrapped_key=b"WRAPPED",
    nonce=b"nonce-of-12-",
    ciphertext=b"at least sixteen bytes",
)


def changed(one: Any, name: str, value: object) -> Any:
    return replace(one, **{name: value})


def test_a_place_is_written_so_for_ever() -> None:
    assert ROW.context() == (
        b"\0\0\0\x0eballast secret"
        b"\0\0\0\x10" + TENANT.bytes + b"\0\0\0\x08api_keys\0\0\0\x03key\0\0\0\x017"
    )


def test_a_seal_is_bound_so_for_ever() -> None:
    context = ROW.context()
    assert bound_to(ROW, purpose="data", key_version=0x01020304) == (
        b"\0\0\0\x01\x01\0\0\0\x04data"
        + len(context).to_bytes(4, "big")
        + context
        + b"\0\0\0\x04\x01\x02\x03\x04"
    )
    assert (FORMAT, VERSION_MAX) == (1, 2_147_483_647)


def test_a_sealed_secret_is_written_so_for_ever() -> None:
    assert SEALED.to_bytes() == (
        b"\x01\x01\x02\x03\x04\x7f\xff\xff\xff\0\x07WRAPPEDnonce-of-12-at least sixteen bytes"
    )
    # The largest version and length that the form has room for are told by their numbers.
    with pytest.raises(UnreadableSeal, match=f"^there is no key version {2**32 - 1}$"):
        read_sealed(b"\x01\xff\xff\xff\xff" + bytes(100))


def test_the_known_value_and_its_place_never_change() -> None:
    assert CHECKED == b"ballast: the right key, surely.."
    assert check_address(12) == RowAddress(
        tenant_id=UUID("00000000-0000-0000-0000-000000000000"),
        table="secret_keys",
        column="checked",
        row="12",
    )


@pytest.mark.parametrize("name", ["table", "column", "row"])
def test_a_name_of_a_place_has_1_to_200_printable_characters(name: str) -> None:
    for good in ("x", "x" * 200, "with space"):
        assert getattr(changed(ROW, name, good), name) == good
    for wrong in ("", "x" * 201, "a\tb"):
        with pytest.raises(InvalidValue) as caught:
            changed(ROW, name, wrong)
        assert (caught.value.field, caught.value.problem) == (name, "must be 1 to 200 characters")


@pytest.mark.parametrize("name", ["key_version", "sealed_version"])
def test_a_version_is_1_to_the_largest(name: str) -> None:
    for good in (1, VERSION_MAX):
        assert getattr(changed(SEALED, name, good), name) == good
    for wrong in (0, VERSION_MAX + 1):
        with pytest.raises(UnreadableSeal, match=f"^there is no key version {wrong}$"):
            changed(SEALED, name, wrong)


def test_the_parts_of_a_sealed_secret_have_their_lengths() -> None:
    assert (NONCE_BYTES, TAG_BYTES, SECRET_BYTES_MAX) == (12, 16, 65_536)
    for length in (1, 4_096):
        assert len(replace(SEALED, wrapped_key=bytes(length)).wrapped_key) == length
    for length in (16, 65_536 + 16):
        assert len(replace(SEALED, ciphertext=bytes(length)).ciphertext) == length
    impossible = "^the wrapped key or the nonce has no possible length$"
    for wrapped in (b"", bytes(4_097)):
        with pytest.raises(UnreadableSeal, match=impossible):
            replace(SEALED, wrapped_key=wrapped)
    for nonce in (bytes(11), bytes(13), b""):
        with pytest.raises(UnreadableSeal, match=impossible):
            replace(SEALED, nonce=nonce)
    for length in (15, 65_536 + 17):
        with pytest.raises(UnreadableSeal, match=r"^the ciphertext has no possible length$"):
            replace(SEALED, ciphertext=bytes(length))


def test_what_cannot_be_read_says_why() -> None:
    with pytest.raises(UnreadableSeal, match=r"^shorter than any sealed secret$"):
        read_sealed(SEALED.to_bytes()[:10])
    # As long as the head alone: read, and found to lack its parts.
    with pytest.raises(UnreadableSeal, match=r"^the wrapped key or the nonce has no"):
        read_sealed(SEALED.to_bytes()[:11])
    with pytest.raises(UnreadableSeal, match=r"^written in format 9; this program knows 1$"):
        read_sealed(b"\x09" + SEALED.to_bytes()[1:])


def test_wrapping_anew_leaves_what_was_sealed() -> None:
    again = SEALED.rewrapped(key_version=9, wrapped_key=b"other")
    assert again == replace(SEALED, key_version=9, wrapped_key=b"other")
    assert again.sealed_version == SEALED.sealed_version


def test_the_current_version_is_the_one_that_seals() -> None:
    old = KeyMark(version=1, state=KeyState.RETIRED, check=b"c", created_at=builders.AT)
    opens = replace(old, version=2, state=KeyState.DECRYPT_ONLY)
    current = replace(old, version=3, state=KeyState.CURRENT)
    assert current_of([old, opens, current]) is current
    assert current_of([old, opens]) is None
    assert (old.parameters, old.retired_at) == (b"", None)
    assert "check" not in repr(old)
    assert "parameters" not in repr(replace(old, parameters=b"salt"))
    assert [state.value for state in KeyState] == ["current", "decrypt_only", "retired"]
