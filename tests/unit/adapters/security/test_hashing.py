"""Passwords are hashed with the parameters that are documented, two at a time."""

import asyncio
import hashlib
import threading
from pathlib import Path

import pytest

from adapters.security import passwords
from adapters.security.breached import BreachedPasswordFile, UnusableList
from adapters.security.common_passwords import is_common
from adapters.security.passwords import Argon2idHasher
from ports.identity import HasherBusy
from ports.storage import StorageCorrupt, StorageUnavailable


async def test_a_hash_says_its_parameters_and_a_long_password_is_none() -> None:
    hasher = Argon2idHasher(waiting_max=0)
    try:
        kept = await hasher.hash("é" * 512)
        assert kept.startswith("$argon2id$v=19$m=65536,t=3,p=4$")
        salt, tag = kept.split("$")[-2:]
        assert (len(salt), len(tag)) == (22, 43)
        assert await hasher.verify(password="é" * 512, hash=kept)
        assert not await hasher.verify(password="é" * 512 + "x", hash=kept)
        with pytest.raises(ValueError, match=r"^a password has at most 1024 bytes$"):
            await hasher.hash("é" * 512 + "x")
        with pytest.raises(StorageCorrupt, match=r"^a stored password hash is not an Argon2id"):
            await hasher.verify(password="x", hash="plain")
        assert hasher.is_outdated(kept.replace("t=3", "t=2"))
        assert not hasher.is_outdated(kept)
    finally:
        hasher.close()


async def test_two_work_and_the_rest_waits_or_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    assert (passwords.AT_ONCE, passwords.WAITING_MAX) == (2, 16)
    gate, names = threading.Event(), set()

    class Slow:
        def hash(self, _: bytes) -> str:
            names.add(threading.current_thread().name)
            gate.wait(30)
            return "kept"

    monkeypatch.setattr(passwords, "_ARGON2ID", Slow())
    hasher = Argon2idHasher(waiting_max=1)
    try:
        asked = [asyncio.ensure_future(hasher.hash("x")) for _ in range(3)]
        await asyncio.sleep(0)
        with pytest.raises(HasherBusy) as caught:
            await hasher.hash("x")
        assert str(caught.value) == ("too many passwords wait to be checked; try again in a second")
        gate.set()
        assert await asyncio.gather(*asked) == ["kept"] * 3
        assert len(names) <= 2
        assert all(name.startswith("argon2") for name in names)
        assert await hasher.hash("x") == "kept"
    finally:
        gate.set()
        hasher.close()


@pytest.mark.parametrize(
    ("password", "is_one"),
    [
        ("password", True),
        ("Password123!", True),
        ("p4ssw0rd", True),
        ("correct-horse-battery-staple", True),
        ("dragon-Banker.77", True),
        # Digits stand for themselves, all of them for letters, or only those within.
        ("summer1winter", True),
        ("5ummer-5ummer", True),
        ("1p4ss-w0rd1", True),
        ("summer-1-winter", True),
        ("mymoney", True),
        # Three of the longest word, and what is longer than three can be.
        ("administrator" * 3, True),
        ("administrator" * 4, False),
        ("administratoradministratoradministratoradmin", False),
        ("summer" * 4, False),
        ("2026 orbit", False),
        ("orbit velvet cactus", False),
        ("", False),
        ("12345", False),
    ],
)
def test_what_anyone_tries_first(password: str, is_one: bool) -> None:
    assert is_common(password) is is_one


def lines(*passwords: str, upper: bool = True, length: int = 40) -> bytes:
    made = [hashlib.sha1(one.encode()).hexdigest()[:length] for one in passwords]
    return b"\n".join(sorted((one.upper() if upper else one).encode() for one in made)) + b"\n"


@pytest.mark.parametrize(("upper", "length"), [(True, 40), (False, 40), (True, 10), (False, 12)])
async def test_every_line_of_a_list_of_hashes_is_found(
    tmp_path: Path, upper: bool, length: int
) -> None:
    known = [f"leaked {number}" for number in range(200)]
    path = tmp_path / "hashes"
    path.write_bytes(lines(*known, upper=upper, length=length))
    breached = BreachedPasswordFile(path)
    breached.start()
    assert all([await breached.holds(one) for one in known])
    assert not any([await breached.holds(f"fine {number}") for number in range(200)])


async def test_every_line_of_a_list_of_passwords_is_found(tmp_path: Path) -> None:
    known = sorted(f"leaked {number} {'x' * (number % 7)}" for number in range(200))
    path = tmp_path / "plain"
    for end in ("\n", "\r\n"):
        path.write_bytes("".join(f"{one}{end}" for one in known).encode())
        breached = BreachedPasswordFile(path)
        breached.start()
        assert all([await breached.holds(one) for one in known])
        assert not await breached.holds("leaked 7 xxxxxxxxx")
        assert not await breached.holds("leaked\n1")
        assert not await breached.holds("z" * 2_048)


async def test_a_list_that_cannot_be_used_says_why(tmp_path: Path) -> None:
    path = tmp_path / "list"
    for content, said in (
        (b"", f"{path} holds no passwords"),
        (b"b\na\n", f"{path} is not sorted by its bytes: use LC_ALL=C sort"),
        (
            b"0123456789\n0123456789AB\n",
            f"{path}: the hashes must all have one length",
        ),
    ):
        path.write_bytes(content)
        with pytest.raises(UnusableList) as caught:
            BreachedPasswordFile(path).start()
        assert str(caught.value) == said
    absent = tmp_path / "absent"
    with pytest.raises(UnusableList) as caught:
        BreachedPasswordFile(absent).start()
    assert str(caught.value) == f"{absent} cannot be read: No such file or directory"
    path.write_bytes(b"a password\n")
    breached = BreachedPasswordFile(path)
    breached.start()
    path.unlink()
    with pytest.raises(StorageUnavailable, match=r"^the list of breached passwords: "):
        await breached.holds("something else entirely")
    without = BreachedPasswordFile()
    without.start()
    assert not await without.holds("something else entirely")
    assert await without.holds("password")
