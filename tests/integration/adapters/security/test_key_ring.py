"""Signing keys change in their folder while processes run."""

import stat
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest
from cryptography.hazmat.primitives import serialization

from adapters.memory.ids import SeededIds
from adapters.memory.time import ManualClock
from adapters.security.key_ring import FolderKeys, drop_older, older_keys, rotate
from adapters.security.keys import SigningKey, UnusableKey
from adapters.security.tokens import Rs256Tokens
from ports.identity import InvalidToken
from tests.unit.adapters.security.signing import other_key, pem, signing_key

NOW = datetime(2026, 1, 2, 15, 4, 5, tzinfo=UTC)
UNTIL = NOW + timedelta(minutes=6)
USER = UUID(int=1)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "keys" / "access-token.pem"
    path.parent.mkdir(mode=0o700)
    path.write_bytes(pem())
    path.chmod(0o600)
    return path


def _process(path: Path, clock: ManualClock) -> Rs256Tokens:
    made = Rs256Tokens(keys=FolderKeys(path), clock=clock, ids=SeededIds(clock=clock, seed=1))
    made.start()
    return made


def test_two_processes_take_each_others_tokens_across_a_rotation(path: Path) -> None:
    clock = ManualClock(NOW)
    first, second = _process(path, clock), _process(path, clock)
    before, _ = first.issue(user_id=USER, tenant_id=USER)
    new, old = rotate(path, now=NOW, until=UNTIL)
    assert old == signing_key().kid != new
    clock.advance(1)
    after, _ = first.issue(user_id=USER, tenant_id=USER)
    for process in (first, second):
        for token in (before, after):
            assert process.verify(token).user_id == USER
        assert [one.kid for one in process.public_keys()] == [new, old]
    clock.advance(330)
    for process in (first, second, _process(path, clock)):
        with pytest.raises(InvalidToken):
            process.verify(before)


def test_a_rotation_forgets_keys_whose_time_is_over(path: Path) -> None:
    _, first = rotate(path, now=NOW, until=UNTIL)
    _, second = rotate(path, now=UNTIL, until=UNTIL + timedelta(minutes=6))
    assert [key.kid for key in FolderKeys(path).read().older] == [second]
    assert first != second


def test_no_private_half_of_an_older_key_is_left(path: Path) -> None:
    rotate(path, now=NOW, until=UNTIL)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    written = [file for file in path.parent.rglob("*") if file.is_file()]
    private = [file for file in written if b"PRIVATE KEY" in file.read_bytes()]
    assert private == [path]


def test_older_keys_can_be_dropped_at_once(path: Path) -> None:
    clock = ManualClock(NOW)
    process = _process(path, clock)
    token, _ = process.issue(user_id=USER, tenant_id=USER)
    rotate(path, now=NOW, until=UNTIL)
    assert drop_older(path) == 1
    clock.advance(1)
    with pytest.raises(InvalidToken):
        process.verify(token)


def test_rotations_side_by_side_lose_no_key(path: Path) -> None:
    with ThreadPoolExecutor(3) as pool:
        rotated = list(pool.map(lambda _: rotate(path, now=NOW, until=UNTIL), range(3)))
    ring = FolderKeys(path).read()
    assert {ring.signing.kid, *(key.kid for key in ring.older)} == {
        signing_key().kid,
        *(new for new, _ in rotated),
    }


def test_without_a_key_there_is_nothing_to_rotate(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        rotate(tmp_path / "absent.pem", now=NOW, until=UNTIL)
    assert list(tmp_path.iterdir()) == []


def test_a_spoilt_older_key_is_told(path: Path) -> None:
    rotate(path, now=NOW, until=UNTIL)
    (file,) = (path.parent / "older").glob("*.json")
    file.write_text("{")
    with pytest.raises(UnusableKey, match="delete it"):
        FolderKeys(path).read()


def _public(key: SigningKey) -> str:
    return (
        key.private.public_key()
        .public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
        .decode()
    )


def test_public_keys_are_read_one_after_the_other() -> None:
    text = _public(signing_key()) + "\n" + _public(other_key())
    assert [key.kid for key in older_keys(text, source="s")] == [
        signing_key().kid,
        other_key().kid,
    ]
    assert older_keys("", source="s") == ()
    for wrong in ("x", text + "x", pem().decode(), text.replace("MII", "MIX", 1)):
        with pytest.raises(UnusableKey):
            older_keys(wrong, source="s")
