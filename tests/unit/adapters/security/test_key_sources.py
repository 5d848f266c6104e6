"""Keys of a file, of a setting and of a passphrase: what is refused, and that nothing leaks."""

import base64
import hashlib
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from adapters.security.given_keys import (
    PBKDF2_ITERATIONS,
    ListedKeys,
    PassphraseKeys,
    new_key,
    read_listed_keys,
)
from adapters.security.key_files import FileKeys, read_key_file
from adapters.security.local_keys import LocalKeys
from domain.secrets.keys import KeyState
from ports.secrets import KeysUnusable
from tests.contracts.secrets.key_encryption import begun
from tests.contracts.secrets.store import mark_of
from tests.secret_rig import SecretRig, place

CANARY = "c4n4ry"
KEY = base64.b64encode(bytes(32)).decode()


def test_a_key_file_is_its_owners_only(tmp_path: Path) -> None:
    path = tmp_path / "keys/secrets.json"
    key, _ = FileKeys(path=path).add(1)
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700
    assert read_key_file(path) == {1: key}
    path.chmod(0o640)
    with pytest.raises(KeysUnusable, match="chmod 600"):
        read_key_file(path)


@pytest.mark.parametrize(
    "content",
    [
        CANARY,
        "{}",
        '{"format": 2, "keys": {}}',
        '{"format": 1, "keys": {"1": "c4n4ry"}}',
        '{"format": 1, "keys": {"0": "' + KEY + '"}}',
        '{"format": 1, "keys": {"c4n4ry": "' + KEY + '"}}',
        '{"format": 1, "keys": ["c4n4ry"]}',
        '["c4n4ry"]',
        "\udcff",
        "[" * 100_000,
    ],
)
def test_what_is_no_key_file_is_refused_and_not_repeated(tmp_path: Path, content: str) -> None:
    path = tmp_path / "secrets.json"
    path.write_text(content, errors="surrogateescape")
    path.chmod(0o600)
    with pytest.raises(KeysUnusable) as caught:
        read_key_file(path)
    assert CANARY not in repr(caught.value)
    # Nothing hangs on it that a traceback would show.
    assert caught.value.__cause__ is None


def test_a_folder_in_its_place_is_told(tmp_path: Path) -> None:
    with pytest.raises(KeysUnusable, match="cannot be read"):
        read_key_file(tmp_path)


def test_a_version_is_made_once_whoever_comes(tmp_path: Path) -> None:
    path = tmp_path / "secrets.json"
    made: list[bytes] = []
    threads = [
        threading.Thread(target=lambda: made.append(FileKeys(path=path).add(1)[0]))
        for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(made) == 8
    assert set(made) == {read_key_file(path)[1]}


def test_what_a_kill_left_beside_the_file_is_no_hindrance(tmp_path: Path) -> None:
    path = tmp_path / "secrets.json"
    keys = FileKeys(path=path)
    first, _ = keys.add(1)
    (tmp_path / ".secrets.json.new").write_text("half a fi")
    second, _ = keys.add(2)
    assert read_key_file(path) == {1: first, 2: second}
    keys.remove(1)
    assert read_key_file(path) == {2: second}


def test_listed_keys_are_read_by_version() -> None:
    assert read_listed_keys(f"1:{KEY}, 12:{KEY}") == {1: bytes(32), 12: bytes(32)}
    assert len(base64.b64decode(new_key())) == 32
    assert new_key() != new_key()


@pytest.mark.parametrize(
    "text",
    [None, "", CANARY, f"1:{CANARY}", f"{CANARY}:{KEY}", f"1:{KEY},1:{KEY}", f"-1:{KEY}", "1:"],
)
def test_what_is_no_list_of_keys_is_refused_and_not_repeated(text: str | None) -> None:
    with pytest.raises(KeysUnusable) as caught:
        read_listed_keys(text)
    assert CANARY not in str(caught.value)


async def test_a_listed_key_is_brought_by_a_person(tmp_path: Path) -> None:
    rig = SecretRig(folder=tmp_path, source=ListedKeys(text=f"1:{new_key()}"))
    await rig.vault.refresh()
    assert rig.vault.why_sealed is None
    with pytest.raises(KeysUnusable, match="version 2"):
        await rig.rotate()
    assert rig.vault.current == 1


async def test_a_key_that_was_brought_is_what_a_rotation_goes_to(tmp_path: Path) -> None:
    first, second = new_key(), new_key()
    rig = SecretRig(folder=tmp_path, source=ListedKeys(text=f"1:{first}"))
    await rig.vault.refresh()
    made = await rig.fill(5)
    rig.source = ListedKeys(text=f"1:{first},7:{second}")
    later = rig.process()
    assert (await later.rotate()).to == 7
    rig.source = ListedKeys(text=f"7:{second}")
    last = rig.process()
    await last.vault.refresh()
    assert [await last.read(row) for row, _ in made] == [secret for _, secret in made]


def test_a_key_is_derived_as_documented() -> None:
    keys = PassphraseKeys(passphrase="correct horse battery")
    key, parameters = keys.add(1)
    assert int.from_bytes(parameters[:4], "big") == PBKDF2_ITERATIONS == 600_000
    assert len(parameters) == 4 + 16
    derived = hashlib.pbkdf2_hmac("sha256", b"correct horse battery", parameters[4:], 600_000)
    assert key == derived


async def test_a_passphrase_opens_again_with_what_is_stored(tmp_path: Path) -> None:
    # The others would derive it with 600,000 iterations, were those of the mark not heard.
    few = PassphraseKeys(passphrase="correct horse battery", iterations=10)
    rig = SecretRig(folder=tmp_path, source=few)
    await rig.vault.refresh()
    ((row, secret),) = await rig.fill(1)
    (mark,) = rig.database.key_marks.values()
    assert (int.from_bytes(mark.parameters[:4], "big"), len(mark.parameters)) == (10, 4 + 16)
    rig.source = PassphraseKeys(passphrase="correct horse battery")
    other = rig.process()
    await other.vault.refresh()
    assert await other.read(row) == secret
    rig.source = PassphraseKeys(passphrase="correct horse batterz")
    wrong = rig.process()
    await wrong.vault.refresh()
    assert "not the one" in str(wrong.vault.why_sealed)
    assert not (tmp_path / "keys").exists()


async def test_a_new_passphrase_takes_the_place_of_the_one_before(tmp_path: Path) -> None:
    def keys(passphrase: str, before: str | None = None) -> PassphraseKeys:
        return PassphraseKeys(passphrase=passphrase, before=before, iterations=10)

    rig = SecretRig(folder=tmp_path, source=keys("the first passphrase"))
    await rig.vault.refresh()
    made = await rig.fill(3)
    rig.source = keys("the second passphrase", "the first passphrase")
    assert (await rig.process().rotate()).rewrapped == 3
    rig.source = keys("the second passphrase")
    last = rig.process()
    await last.vault.refresh()
    assert last.vault.why_sealed is None
    assert [await last.read(row) for row, _ in made] == [secret for _, secret in made]


@pytest.mark.parametrize("passphrase", [None, "too short"])
async def test_without_a_passphrase_a_vault_is_sealed(
    tmp_path: Path, passphrase: str | None
) -> None:
    rig = SecretRig(folder=tmp_path, source=PassphraseKeys(passphrase=passphrase))
    await rig.vault.refresh()
    assert "passphrase" in str(rig.vault.why_sealed)
    assert "too short" not in str(rig.vault.why_sealed)


async def test_parameters_of_another_source_are_told(tmp_path: Path) -> None:
    keys = PassphraseKeys(passphrase="a long passphrase", iterations=10)
    for parameters in (b"", b"\xff" * 20, bytes(20)):
        with pytest.raises(KeysUnusable):
            keys.read([replace(mark_of(1), parameters=parameters)])
    retired = replace(mark_of(1), parameters=b"", state=KeyState.RETIRED)
    assert keys.read([retired]) == {}


async def test_a_forgotten_version_is_gone(tmp_path: Path) -> None:
    path = tmp_path / "secrets.json"
    keys = LocalKeys(source=FileKeys(path=path))
    for version in (1, 2):
        await begun(keys, version)
    for _ in range(2):
        await keys.forget(version=1)
    assert await keys.versions([]) == {2}
    with pytest.raises(KeysUnusable, match="version 1"):
        await keys.wrap(bytes(32), row=place("1"), version=1)
    listed = ListedKeys(text=f"1:{KEY}")
    with pytest.raises(KeysUnusable):
        listed.remove(1)
    listed.remove(2)
