"""What a proof is taken over tells any two entries apart."""

import hmac
from dataclasses import fields, replace
from random import Random
from uuid import UUID

import pytest

from adapters.memory.audit import content_of
from domain.audit.entry import AuditEntry
from domain.audit.macs import UnknownKey, audit_key, audit_keys
from tests.torture.audit_attacks import edited
from tests.torture.audit_stored import entry_of

MASTER = b"m" * 32


def entry() -> AuditEntry:
    return entry_of(Random(3), UUID(int=1))


def test_every_field_counts() -> None:
    random, one = Random(1), entry()
    changed = set()
    for _ in range(2_000):
        other = edited(one, random)
        assert content_of(other) != content_of(one)
        changed |= {f.name for f in fields(one) if getattr(other, f.name) != getattr(one, f.name)}
    assert changed == {field.name for field in fields(AuditEntry)}


def test_text_cannot_move_from_one_field_to_the_next() -> None:
    one = replace(entry(), actor="ab", action="c", subject="1:x")
    for other in (
        replace(one, actor="a", action="bc"),
        replace(one, actor="ab1:c", action=""),
        replace(one, subject="1:", trace_id=f"x{one.trace_id}"),
        replace(one, account_id=one.session_id, session_id=one.account_id),
    ):
        assert (content_of(other) != content_of(one)) is (other != one)


def test_half_a_surrogate_pair_has_a_proof() -> None:
    assert content_of(replace(entry(), reason="half \ud800")) != content_of(entry())


def test_it_is_hmac_sha_256_under_a_derived_key() -> None:
    derived = hmac.digest(MASTER, b"ballast.audit.key.1 entry", "sha256")
    assert audit_key(MASTER).entry(b"said") == hmac.digest(derived, b"said", "sha256")


def test_each_use_and_each_key_proves_otherwise() -> None:
    key, other = audit_key(MASTER), audit_key(b"n" * 32)
    proofs = {key.entry(b""), key.link(b""), key.anchor(b""), other.entry(b""), other.link(b"")}
    assert len(proofs) == 5
    assert key.id != other.id


def test_the_last_key_signs_and_all_are_found() -> None:
    keys = audit_keys(MASTER, b"n" * 32)
    assert keys.current.id == audit_key(b"n" * 32).id
    assert keys.named(audit_key(MASTER).id).entry(b"x") == audit_key(MASTER).entry(b"x")
    with pytest.raises(UnknownKey):
        keys.named("0" * 16)


def test_a_short_key_is_none() -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        audit_key(b"short")
