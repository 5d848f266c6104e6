"""Only the plain form of what authenticators write gets through."""

from typing import Any

import pytest
from fido2 import cbor

from adapters.webauthn.form import (
    NotPlain,
    check_authenticator_data,
    check_item,
    item_end,
    text_of,
)

HEAD = bytes(32)
COUNT = bytes(4)
KEY = cbor.encode({1: 2, 3: -7})


@pytest.mark.parametrize(
    "value",
    [
        0,
        23,
        24,
        255,
        256,
        65_536,
        2**32,
        2**64 - 1,
        -1,
        -24,
        -257,
        b"",
        b"x" * 300,
        "text",
        "é",
        [],
        [1, [2, [3, [4]]]],
        {},
        {"a": {"b": [b"c"]}},
        True,
        False,
        list(range(200)),
    ],
)  # fmt: skip - a line each would hide the list
def test_what_is_plain_is_read_to_its_end(value: Any) -> None:
    written = cbor.encode(value)
    check_item(written)
    assert item_end(b"\0" * 3 + written + b"more", start=3) == 3 + len(written)


def test_nothing_is_plain_too() -> None:
    check_item(b"\xf6")


@pytest.mark.parametrize(
    ("written", "why"),
    [
        ("", "ends too early"),
        ("18", "ends too early"),
        ("1900", "ends too early"),
        ("4401", "ends too early"),
        ("5bffffffffffffffff", "ends too early"),
        ("8101ff", "1 bytes behind its end"),
        ("82 01", "ends too early"),
        ("a1 01", "ends too early"),
        ("a2 01 02 03", "ends too early"),
        ("c0 60", "has a tag"),
        ("d8 23 61 61", "has a tag"),
        ("db 00 00 00 00 00 00 00 00 00", "has a tag"),
        ("f7", "has a float or a value"),
        ("f0", "has a float or a value"),
        ("e0", "has a float or a value"),
        ("f8 ff", "open length or a float"),
        ("f9 0000", "open length or a float"),
        ("fa 00000000", "open length or a float"),
        ("fb 0000000000000000", "open length or a float"),
        ("5f 41 00 ff", "open length or a float"),
        ("7f ff", "open length or a float"),
        ("9f ff", "open length or a float"),
        ("bf ff", "open length or a float"),
        ("ff", "open length or a float"),
        ("1c", "open length or a float"),
        ("3e", "open length or a float"),
    ],
)
def test_what_is_not_plain_is_refused(written: str, why: str) -> None:
    with pytest.raises(NotPlain, match=why):
        check_item(bytes.fromhex(written))


def test_nesting_and_number_are_bounded() -> None:
    check_item(b"\x81" * 6 + b"\x01")
    with pytest.raises(NotPlain, match="nested deeper than 6"):
        check_item(b"\x81" * 7 + b"\x01")
    check_item(b"\x98\xff" + b"\x01" * 255)
    with pytest.raises(NotPlain, match="more than 256 items"):
        check_item(b"\x99\x01\x00" + b"\x01" * 256)
    with pytest.raises(NotPlain):
        check_item(b"\xbb" + b"\xff" * 8 + b"\x01" * 9_000)


def written(flags: int, behind: bytes = b"") -> bytes:
    return HEAD + bytes([flags]) + COUNT + behind


CREDENTIAL = bytes(16) + (3).to_bytes(2) + b"abc" + KEY


@pytest.mark.parametrize(
    ("flags", "behind"),
    [
        (0x01, b""),
        (0x41, CREDENTIAL),
        (0x81, cbor.encode({"a": True})),
        (0xC1, CREDENTIAL + cbor.encode({})),
    ],
)
def test_authenticator_data_that_is_whole(flags: int, behind: bytes) -> None:
    check_authenticator_data(written(flags, behind))


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "fewer than 37"),
        (written(1)[:-1], "fewer than 37"),
        (written(0x01, b"x"), "1 bytes behind its end"),
        (written(0x01, CREDENTIAL), "bytes behind its end"),
        (written(0x41), "within its credential"),
        (written(0x41, bytes(18) + KEY), "within its credential"),
        (written(0x41, bytes(16) + b"\xff\xff" + b"abc"), "within its credential"),
        (written(0x41, CREDENTIAL[:21]), "within its credential"),
        (written(0x41, CREDENTIAL[:-1]), "ends too early"),
        (written(0x41, CREDENTIAL + b"x"), "1 bytes behind its end"),
        (written(0x41, CREDENTIAL[:21] + b"\x81\x01"), "lacks a map"),
        (written(0xC1, CREDENTIAL), "lacks a map"),
        (written(0x81), "lacks a map"),
        (written(0x81, b"\x01"), "lacks a map"),
        (written(0x81, b"\xa1\x01\xc0\x60"), "has a tag"),
    ],
)
def test_authenticator_data_that_is_not_whole(data: bytes, why: str) -> None:
    with pytest.raises(NotPlain, match=why):
        check_authenticator_data(data)


def test_bytes_are_written_as_web_authentication_does() -> None:
    assert text_of(b"\xfb\xff\xfe") == "-__-"
    assert text_of(b"a") == "YQ"
