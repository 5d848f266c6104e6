"""Breached passwords are found in a sorted file, wherever in it they lie."""

import hashlib
from pathlib import Path
from random import Random

import pytest

from adapters.security.breached import BreachedPasswordFile, UnusableList
from adapters.security.common_passwords import is_common
from ports.storage import StorageUnavailable

RANDOM = Random(1)
PASSWORDS = [f"pw {RANDOM.random()} {'x' * RANDOM.randrange(60)}" for _ in range(2_000)]


def _sha1(password: str) -> str:
    return hashlib.sha1(password.encode(), usedforsecurity=False).hexdigest()


def _file(folder: Path, lines: list[bytes], *, ending: bytes = b"\n") -> Path:
    path = folder / "list.txt"
    path.write_bytes(b"".join(line + ending for line in lines))
    return path


def _hashes(length: int, *, counted: bool, upper: bool) -> list[bytes]:
    cut = sorted({_sha1(one)[:length] for one in PASSWORDS})
    lines = [f"{one.upper() if upper else one}{':7' if counted else ''}" for one in cut]
    return [line.encode() for line in lines]


FORMS = {
    "have i been pwned": _hashes(40, counted=True, upper=True),
    "lower case": _hashes(40, counted=False, upper=False),
    "prefixes": _hashes(12, counted=False, upper=True),
    "plain": sorted(one.encode() for one in PASSWORDS),
}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("ending", [b"\n", b"\r\n"])
async def test_every_password_of_a_list_is_found_and_no_other(
    tmp_path: Path, form: str, ending: bytes
) -> None:
    found = BreachedPasswordFile(_file(tmp_path, FORMS[form], ending=ending))
    found.start()
    for password in (*RANDOM.sample(PASSWORDS, 100), min(PASSWORDS), max(PASSWORDS)):
        assert await found.holds(password)
        assert not await found.holds(password + "!")
    assert not await found.holds("")
    assert not await found.holds("\ud800")
    assert not await found.holds("z" * 5_000)


@pytest.mark.parametrize("count", [1, 2, 3])
async def test_a_very_short_list_is_searched_too(tmp_path: Path, count: int) -> None:
    lines = sorted(one.encode() for one in PASSWORDS[:count])
    path = tmp_path / "list.txt"
    # The last line may lack its end.
    path.write_bytes(b"\n".join(lines))
    found = BreachedPasswordFile(path)
    found.start()
    for password in PASSWORDS[:count]:
        assert await found.holds(password)
    assert not await found.holds(PASSWORDS[5])


@pytest.mark.parametrize("ending", [b"\n", b"\r\n"])
async def test_each_line_of_each_short_list_is_found(tmp_path: Path, ending: bytes) -> None:
    words = ["", "0X", "0q", "0q:z", "0qz", "0z", "0zzzzzzzzz", "0zzzzzzzzzX"]
    for chosen in range(1, 2 ** len(words)):
        lines = [word for place, word in enumerate(words) if chosen >> place & 1]
        if lines == [""]:
            continue
        found = BreachedPasswordFile(
            _file(tmp_path, [one.encode() for one in lines], ending=ending)
        )
        found.start()
        held = [word for word in words if word and found._is_in(tmp_path / "list.txt", word)]
        assert held == [one for one in lines if one], lines


@pytest.mark.parametrize(("length", "held"), [(2_047, True), (2_048, False), (2_049, False)])
async def test_a_line_that_is_too_long_is_none(tmp_path: Path, length: int, held: bool) -> None:
    found = BreachedPasswordFile(_file(tmp_path, [b"q" * length]))
    found.start()
    assert await found.holds("q" * length) is held


async def test_hashes_with_counts_are_found_by_the_hash_alone(tmp_path: Path) -> None:
    whole = sorted([f"{_sha1('zanzibar orbit')}:3".encode(), f"{_sha1('orbit')}:12".encode()])
    for lines in (whole, whole[:1], whole[1:]):
        found = BreachedPasswordFile(_file(tmp_path, lines))
        found.start()
        for word in ("zanzibar orbit", "orbit"):
            there = any(line.startswith(_sha1(word).encode()) for line in lines)
            assert found._is_in(tmp_path / "list.txt", word) is there


async def test_a_search_reads_little_of_a_large_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = _file(tmp_path, [f"{number:010d} zanzibar".encode() for number in range(200_000)])
    found = BreachedPasswordFile(path)
    found.start()
    read = 0
    pread = __import__("os").pread

    def counted(descriptor: int, size: int, offset: int) -> bytes:
        nonlocal read
        said: bytes = pread(descriptor, size, offset)
        read += len(said)
        return said

    monkeypatch.setattr("os.pread", counted)
    assert await found.holds("0000123456 zanzibar")
    assert 0 < read < path.stat().st_size // 20


def test_a_list_that_cannot_be_searched_is_told_at_the_start(tmp_path: Path) -> None:
    with pytest.raises(UnusableList, match="cannot be read"):
        BreachedPasswordFile(tmp_path / "absent").start()
    with pytest.raises(UnusableList, match="holds no passwords"):
        BreachedPasswordFile(_file(tmp_path, [])).start()
    with pytest.raises(UnusableList, match="not sorted"):
        BreachedPasswordFile(_file(tmp_path, FORMS["plain"][::-1])).start()
    mixed = sorted([*FORMS["prefixes"][:50], *FORMS["have i been pwned"][:50]])
    with pytest.raises(UnusableList, match="one length"):
        BreachedPasswordFile(_file(tmp_path, mixed)).start()


async def test_a_list_that_is_gone_is_no_reason_to_take_a_password(tmp_path: Path) -> None:
    path = _file(tmp_path, FORMS["plain"])
    found = BreachedPasswordFile(path)
    found.start()
    path.unlink()
    with pytest.raises(StorageUnavailable):
        await found.holds("orbit velvet cactus lantern")


@pytest.mark.parametrize(
    "password",
    [
        "password",
        "Password123456789!",
        "P@ssw0rd12345678",
        "letmeinletmein123",
        "2026 Sunshine Football!!",
        "correct horse battery staple",
        "Tr4d1ngP4ssw0rd",
        "ballast-owner-2026",
        "2024202520262027",
        "1999-2000-2001!",
    ],
)
async def test_what_anyone_would_try_first_needs_no_file(password: str) -> None:
    assert is_common(password)
    assert await BreachedPasswordFile().holds(password)


@pytest.mark.parametrize(
    "password",
    [
        "orbit velvet cactus lantern",
        "monkey dragon sunshine football",
        "qmzkty-twyabn-d8823k-ppqrst",
        "1234567890",
        "",
        "é" * 20,
    ],
)
async def test_what_was_drawn_by_chance_is_not_on_the_list(password: str) -> None:
    assert not is_common(password)
