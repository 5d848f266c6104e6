"""The signing key is made once, kept private, and refused when it is not what it must be."""

import stat
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key

from adapters.security.key_writing import write_once
from adapters.security.keys import UnusableKey, key_from_pem, load_key, load_or_create_key
from tests.unit.adapters.security.signing import pem, signing_key


def test_the_first_start_makes_a_key_that_later_ones_read(tmp_path: Path) -> None:
    path = tmp_path / "keys/access-token.pem"
    made = load_or_create_key(path)
    assert made.private.key_size == 3072
    assert load_or_create_key(path).kid == made.kid
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert [each.name for each in path.parent.iterdir()] == [path.name]


def test_two_starts_at_once_agree_on_one_key(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "access-token.pem"
    path.write_bytes(pem())
    path.chmod(0o600)
    write_once(path, pem(number=2))
    assert load_key(path).kid == signing_key().kid


def test_a_key_that_others_can_read_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "access-token.pem"
    path.write_bytes(pem())
    path.chmod(0o640)
    with pytest.raises(UnusableKey, match="chmod 600"):
        load_or_create_key(path)


_BEGUN = b"-----BEGIN PRIVATE KEY-----\n"  # pragma: allowlist secret - a header alone


@pytest.mark.parametrize("content", [b"", b"nonsense", _BEGUN])
def test_a_broken_key_file_stops_the_start_and_is_left_alone(
    tmp_path: Path, content: bytes
) -> None:
    path = tmp_path / "access-token.pem"
    path.write_bytes(content)
    path.chmod(0o600)
    with pytest.raises(UnusableKey, match="no private key"):
        load_or_create_key(path)
    assert path.read_bytes() == content


def test_a_folder_in_the_keys_place_is_an_unusable_key(tmp_path: Path) -> None:
    with pytest.raises(UnusableKey, match="cannot be read"):
        load_or_create_key(tmp_path)


def test_short_and_foreign_keys_are_refused() -> None:
    with pytest.raises(UnusableKey, match="3072"):
        key_from_pem(pem(bits=2048), source="setting")
    curve = generate_private_key(SECP256R1()).private_bytes(
        encoding=serialization.Encoding.PEM,
        format=serialization.PrivateFormat.PKCS8,
        encryption_algorithm=serialization.NoEncryption(),
    )
    with pytest.raises(UnusableKey, match="RSA"):
        key_from_pem(curve, source="setting")
