"""No secret gets into the audit trail, by its name or by its form."""

import pytest

from domain.audit.masking import MASK, masked


@pytest.mark.parametrize(
    "name",
    [
        "password",
        "new_password",
        "passcode",
        "clientSecret",
        "refresh_token",
        "totp_seed",
        "password_hash",
        "api_key",
        "signingKey",
        "Authorization",
    ],
)
def test_a_secrets_name_hides_its_value(name: str) -> None:
    assert masked([(name, "hunter2")]) == {name: MASK}
    assert masked([(name, "")]) == {name: ""}


@pytest.mark.parametrize(
    "name", ["symbol", "token_id", "passcode_set", "key_version", "kind", "idempotency_key", "keys"]
)
def test_what_only_sounds_like_one_is_kept(name: str) -> None:
    assert masked([(name, "plain")]) == {name: "plain"}


@pytest.mark.parametrize(
    "value",
    [
        "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiIxIn0.sig",
        "-----BEGIN RSA PRIVATE KEY-----\nMII",  # pragma: allowlist secret - a header alone
        "$argon2id$v=19$m=65536,t=3,p=4$c2FsdA$aGFzaA",
        "postgresql://me:hunter2@db/books",
        "redis://:hunter2@cache:6379/0",
    ],
)
def test_a_secrets_form_hides_it_under_any_name(value: str) -> None:
    assert masked([("note", value)]) == {"note": MASK}


def test_plain_addresses_and_texts_are_kept() -> None:
    plain = {"url": "https://desk.example.com:8443/a?b=c@d", "reason": "he asked: why?"}
    assert masked(plain.items()) == plain
