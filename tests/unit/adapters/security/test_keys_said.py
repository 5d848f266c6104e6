"""Keys that cannot be used are told by where they come from, and good ones are as they were."""

from datetime import UTC, datetime, timedelta

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey, generate_private_key

from adapters.security.key_ring import GivenKeys, KeyRing, OlderKey, older_keys
from adapters.security.keys import SigningKey, UnusableKey, key_from_pem, thumbprint
from tests.unit.adapters.security.signing import other_key, pem, signing_key, written


def pem_of(key: RSAPublicKey | ec.EllipticCurvePublicKey) -> str:
    return key.public_bytes(
        encoding=serialization.Encoding.PEM,
        format=serialization.PublicFormat.SubjectPublicKeyInfo,
    ).decode()


def public(of: SigningKey) -> RSAPublicKey:
    return of.private.public_key()


def test_older_keys_are_read_in_order_and_hold_for_ever() -> None:
    keys = [public(signing_key()), public(other_key())]
    found = older_keys("\n".join(map(pem_of, keys)), source="the setting")
    assert [one.kid for one in found] == [thumbprint(key) for key in keys]
    assert [one.until for one in found] == [None, None]
    assert older_keys("", source="the setting") == ()
    ring = GivenKeys(signing_key, lambda: found).read()
    assert ring == KeyRing(signing_key(), found)
    assert GivenKeys(signing_key).read() == KeyRing(signing_key())


def test_what_is_no_older_key_is_told_by_its_source() -> None:
    whole = pem_of(public(signing_key()))
    short = pem_of(generate_private_key(public_exponent=65537, key_size=2_048).public_key())
    curve = pem_of(ec.generate_private_key(ec.SECP256R1()).public_key())
    for text, said in (
        (f"{whole}more", "the setting must hold public keys in PEM and nothing else"),
        (whole.replace("MII", "!!!"), "the setting holds no public key in PEM"),
        (short, "the setting must hold RSA keys of at least 3072 bits"),
        (curve, "the setting must hold RSA keys of at least 3072 bits"),
    ):
        with pytest.raises(UnusableKey) as caught:
            older_keys(text, source="the setting")
        assert str(caught.value) == said


def test_what_is_no_signing_key_is_told_by_its_source() -> None:
    curve = ec.generate_private_key(ec.SECP256R1()).private_bytes(
        encoding=serialization.Encoding.PEM,
        format=serialization.PrivateFormat.PKCS8,
        encryption_algorithm=serialization.NoEncryption(),
    )
    good = key_from_pem(written(signing_key().private), source="the setting")
    assert good.kid == signing_key().kid == thumbprint(public(signing_key()))
    for text, said in (
        (b"nothing", "the setting holds no private key in PEM without a passphrase"),
        (pem(bits=2_048), "the setting must hold an RSA key of at least 3072 bits"),
        (curve, "the setting must hold an RSA key of at least 3072 bits"),
    ):
        with pytest.raises(UnusableKey) as caught:
            key_from_pem(text, source="the setting")
        assert str(caught.value) == said


def test_of_older_keys_the_one_named_counts_while_its_time_lasts() -> None:
    until = datetime(2026, 1, 2, tzinfo=UTC)
    key = OlderKey(public(other_key()), "old", until)
    ring = KeyRing(signing_key(), (OlderKey(public(other_key()), "else"), key))
    assert ring.public("old", now=until - timedelta(microseconds=1)) is key.public
    assert ring.public("old", now=until) is None
    assert ring.public("else", now=until) is not None
    assert ring.public("none", now=until) is None
    own = ring.public(signing_key().kid, now=until)
    assert own is not None
    assert own.public_numbers() == public(signing_key()).public_numbers()
