"""What is sealed is computed exactly as documented, and each refusal says which and why."""

import base64
import hashlib
import json
import struct
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from adapters.memory.database import MemoryDatabase, MemoryLink
from adapters.memory.secrets import MemoryKeyMarks
from adapters.memory.time import ManualClock
from adapters.security.envelope import EnvelopeVault
from adapters.security.given_keys import (
    PASSPHRASE_MIN,
    ListedKeys,
    PassphraseKeys,
    new_key,
    read_listed_keys,
)
from adapters.security.key_files import FileKeys, checked_version, decoded_key, read_key_file
from adapters.security.local_keys import LocalKeys, unwrapped
from application.secrets.self_test import SelfTest
from domain.secrets.address import bound_to
from domain.secrets.keys import CHECKED, KeyMark, KeyState, check_address
from ports.secrets import KeysMissing, KeysUnusable, SealedRow, SecretsSealed, SecretUnreadable
from tests import builders
from tests.contracts.secrets.store import mark_of
from tests.secret_rig import SecretRig, place

ROW = place("1")
MASTER = bytes(range(32))
KEY = base64.b64encode(MASTER).decode()
PHRASE = "a long passphrase"


class Counting:
    """Randomness that is 1, 1, …, then 2, 2, …: each draw its own byte."""

    def __init__(self) -> None:
        self.drawn: list[int] = []

    def __call__(self, count: int) -> bytes:
        self.drawn.append(count)
        return bytes([len(self.drawn)]) * count


class Given:
    """Keys that a test hands out."""

    is_slow = False

    def __init__(self, keys: dict[int, bytes]) -> None:
        self.keys = keys

    def read(self, known: Sequence[KeyMark]) -> Mapping[int, bytes]:
        return self.keys

    def add(self, version: int) -> tuple[bytes, bytes]:
        return self.keys.setdefault(version, MASTER), b"parameters"

    def remove(self, version: int) -> None:
        del self.keys[version]


async def test_a_wrapped_key_is_a_nonce_and_aes_256_gcm_bound_to_its_place() -> None:
    random = Counting()
    keys = LocalKeys(source=Given({3: MASTER}), random=random)
    assert await keys.versions([]) == {3}
    wrapped = await keys.wrap(b"d" * 32, row=ROW, version=3)
    bound = bound_to(ROW, purpose="key", key_version=3)
    nonce = b"\x01" * 12
    assert wrapped == nonce + AESGCM(MASTER).encrypt(nonce, b"d" * 32, bound)
    assert random.drawn == [12]
    assert await keys.unwrap(wrapped, row=ROW, version=3) == b"d" * 32
    assert repr(keys) == "LocalKeys(versions=[3])"
    assert await keys.rotate(to=4) == b"parameters"
    again = await keys.rewrap(wrapped, row=ROW, before=3, after=4)
    assert await keys.unwrap(again, row=ROW, version=4) == b"d" * 32
    missing = "^the key of version 9 is missing: bring it back$"
    for call in (
        keys.wrap(b"d", row=ROW, version=9),
        keys.unwrap(wrapped, row=ROW, version=9),
    ):
        with pytest.raises(KeysUnusable, match=missing):
            await call
    for wrong in (b"", b"short", wrapped[:-1], wrapped[1:]):
        with pytest.raises(SecretUnreadable, match=f"^a key of {ROW.table} does not open$"):
            unwrapped(wrong, cipher=AESGCM(MASTER), row=ROW, version=3)


async def test_a_sealed_secret_is_its_own_key_and_aes_256_gcm_bound_to_its_place() -> None:
    random = Counting()
    marks = MemoryKeyMarks(MemoryLink(MemoryDatabase()))
    clock = ManualClock(builders.AT)
    keys = LocalKeys(source=Given({}))
    vault = EnvelopeVault(keys=keys, marks=marks, clock=clock, random=random)
    assert vault.why_sealed == "the keys were not read yet"
    assert repr(vault) == "EnvelopeVault(why_sealed='the keys were not read yet')"
    with pytest.raises(SecretsSealed, match=r"^the keys were not read yet$"):
        _ = vault.current
    await vault.refresh()
    (mark,) = await marks.all()
    assert (mark.version, mark.state, mark.created_at) == (1, KeyState.CURRENT, builders.AT)
    assert (mark.parameters, mark.retired_at) == (b"parameters", None)
    assert await keys.unwrap(mark.check, row=check_address(1), version=1) == CHECKED
    sealed = await vault.seal(b"secret", row=ROW)
    assert random.drawn == [32, 12]
    data_key, nonce = b"\x01" * 32, b"\x02" * 12
    assert (sealed.key_version, sealed.sealed_version, sealed.nonce) == (1, 1, nonce)
    bound = bound_to(ROW, purpose="data", key_version=1)
    assert sealed.ciphertext == AESGCM(data_key).encrypt(nonce, b"secret", bound)
    assert await keys.unwrap(sealed.wrapped_key, row=ROW, version=1) == data_key
    # What is under the current version already is wrapped as it should be.
    assert await vault.rewrap(sealed, row=ROW) is sealed
    with pytest.raises(ValueError, match=r"^a secret has at most 65536 bytes$"):
        await vault.seal(bytes(65_537), row=ROW)
    with pytest.raises(SecretUnreadable, match=f"^a secret of {ROW.table} does not open$"):
        await vault.open(replace(sealed, nonce=b"\x03" * 12), row=ROW)
    gone = "^a secret is under key version 8, which is not$"
    for work in (vault.open, vault.rewrap):
        with pytest.raises(SecretUnreadable, match=gone):
            await work(replace(sealed, key_version=8), row=ROW)
    # A data key of no possible length.
    wrapped = await keys.wrap(b"five!", row=ROW, version=1)
    with pytest.raises(SecretUnreadable, match="does not open"):
        await vault.open(replace(sealed, wrapped_key=wrapped), row=ROW)


async def test_why_a_vault_is_sealed_is_told_in_words(tmp_path: Path) -> None:
    rig = SecretRig(folder=tmp_path)
    await rig.vault.refresh()
    await rig.fill(1)
    text = rig.path.read_text()
    said = json.loads(text)
    other = base64.b64encode(b"o" * 32).decode()
    for keys, why in (
        ({"1": other}, "the key of version 1 is not the one that secrets are sealed under"),
        ({"2": other}, "the key of version 1 is missing: bring it back"),
    ):
        rig.path.write_text(json.dumps(said | {"keys": keys}))
        await rig.vault.refresh()
        assert rig.vault.why_sealed == why
    rig.path.unlink()
    await rig.vault.refresh()
    assert rig.vault.why_sealed == (
        f"the key file {rig.path} is missing: bring it back from its copy"
    )
    rig.path.write_text(text)
    rig.path.chmod(0o600)
    await rig.vault.refresh()
    assert rig.vault.current == 1
    mark = rig.database.key_marks[1]
    rig.database.key_marks[1] = replace(mark, state=KeyState.DECRYPT_ONLY)
    await rig.vault.refresh()
    assert rig.vault.why_sealed == "storage knows key versions, and none that seals"


async def test_the_first_version_is_the_newest_key_that_is_there() -> None:
    for there, first in (({}, 1), ({4: MASTER, 7: MASTER}, 7)):
        marks = MemoryKeyMarks(MemoryLink(MemoryDatabase()))
        vault = EnvelopeVault(
            keys=LocalKeys(source=Given(dict(there))),
            marks=marks,
            clock=ManualClock(builders.AT),
        )
        await vault.refresh()
        assert vault.current == first


def test_a_key_file_is_written_so_for_ever(tmp_path: Path) -> None:
    path = tmp_path / "one" / "two" / "secrets.json"
    random = Counting()
    keys = FileKeys(path=path, random=random)
    assert keys.add(1) == (b"\x01" * 32, b"")
    assert keys.add(1) == (b"\x01" * 32, b"")
    keys.add(2)
    assert random.drawn == [32, 32]
    listed = {str(number): base64.b64encode(bytes([number]) * 32).decode() for number in (1, 2)}
    assert path.read_text() == json.dumps({"format": 1, "keys": listed}, indent=1)
    assert keys.read([]) == {1: b"\x01" * 32, 2: b"\x02" * 32}
    before = path.stat().st_ino
    keys.remove(9)
    assert path.stat().st_ino == before
    keys.remove(1)
    assert read_key_file(path) == {2: b"\x02" * 32}
    assert sorted(one.name for one in path.parent.iterdir()) == [
        "secrets.json",
        "secrets.json.lock",
    ]
    assert (path.parent / "secrets.json.lock").stat().st_mode & 0o777 == 0o600
    assert repr(keys) == f"FileKeys(path={path})"


def test_a_key_file_that_cannot_be_used_says_why(tmp_path: Path) -> None:
    absent = FileKeys(path=tmp_path / "absent.json")
    assert absent.read([]) == {}
    with pytest.raises(KeysMissing) as missing:
        absent.read([mark_of(1)])
    assert str(missing.value) == (
        f"the key file {tmp_path / 'absent.json'} is missing: bring it back from its copy"
    )
    (tmp_path / "file").write_text("")
    under = tmp_path / "file" / "secrets.json"
    for work in (FileKeys(path=under).add, FileKeys(path=under).remove):
        with pytest.raises(KeysUnusable) as caught:
            work(1)
        assert str(caught.value).startswith(f"the key file {under} cannot be written: ")
        assert not str(caught.value).endswith("None")
    with pytest.raises(KeysUnusable) as caught:
        read_key_file(tmp_path)
    assert str(caught.value) == f"the key file {tmp_path} cannot be read: Is a directory"
    path = tmp_path / "secrets.json"
    path.write_text("{}")
    path.chmod(0o604)
    with pytest.raises(KeysUnusable) as caught:
        read_key_file(path)
    assert str(caught.value) == (
        f"the key file {path} can be read by others (mode 604): run `chmod 600 {path}`,"
        " and `ballast keys rotate` if others may have read it"
    )
    path.chmod(0o600)
    with pytest.raises(KeysUnusable) as caught:
        read_key_file(path)
    assert str(caught.value) == f"the key file {path} is no key file of ours"


@pytest.mark.parametrize("text", ["", "0", "-1", "+1", "1.0", "²", "2147483648", "9" * 5_000])
def test_what_is_no_version_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"^no version$"):
        checked_version(text)


def test_versions_and_keys_at_their_limits() -> None:
    assert [checked_version(text) for text in ("1", "2147483647")] == [1, 2**31 - 1]
    assert decoded_key(KEY) == MASTER
    for length in (31, 33):
        with pytest.raises(ValueError, match=r"^no key of 256 bits$"):
            decoded_key(base64.b64encode(bytes(length)).decode())
    # What base64 says of it is its own affair.
    with pytest.raises(ValueError):  # noqa: PT011
        decoded_key(f"{KEY}\n!")


def test_listed_keys_say_what_is_missing() -> None:
    keys = ListedKeys(text=f"1:{KEY}")
    assert repr(keys) == "ListedKeys()"
    assert keys.add(1) == (MASTER, b"")
    assert keys.read([]) == {1: MASTER}
    with pytest.raises(KeysUnusable) as caught:
        keys.add(2)
    assert str(caught.value) == (
        "secrets.keys lists no key of version 2: make one with `ballast keys new`,"
        " add it as 2:<key> and come again"
    )
    with pytest.raises(KeysUnusable, match=r"^take version 1 out of secrets\.keys yourself$"):
        keys.remove(1)
    keys.remove(2)
    unset = r"^secrets\.keys is not set \(BALLAST_SECRETS_KEYS\)$"
    with pytest.raises(KeysUnusable, match=unset):
        read_listed_keys(None)
    with pytest.raises(KeysUnusable) as caught:
        read_listed_keys(f"1:{KEY},2:x")
    assert str(caught.value) == (
        "entry 2 of secrets.keys is not version:key, with a key of 32 bytes in base64 and"
        " each version once"
    )
    assert len(decoded_key(new_key())) == 32
    assert (ListedKeys.is_slow, PassphraseKeys.is_slow, FileKeys.is_slow) == (False, True, True)


def test_a_passphrase_is_derived_by_pbkdf2_with_its_own_salt() -> None:
    random = Counting()
    keys = PassphraseKeys(passphrase=PHRASE, iterations=7, random=random)
    key, parameters = keys.add(1)
    salt = b"\x01" * 16
    assert parameters == struct.pack(">I16s", 7, salt)
    assert key == hashlib.pbkdf2_hmac("sha256", PHRASE.encode(), salt, 7, 32)
    # Asked again it is the same; another version has a salt of its own.
    assert keys.add(1) == (key, parameters)
    assert keys.add(2)[1] == struct.pack(">I16s", 7, b"\x02" * 16)
    assert random.drawn == [16, 16]
    assert repr(keys) == "PassphraseKeys()"
    keys.remove(1)
    known = replace(mark_of(1), parameters=parameters)
    # The number of iterations is the one that the version was begun with.
    assert PassphraseKeys(passphrase=PHRASE, iterations=99).read([known]) == {1: key}
    half = PassphraseKeys(passphrase="\ud800" * 12, iterations=1)
    assert len(half.add(1)[0]) == 32


def test_a_passphrase_that_cannot_be_used_says_why() -> None:
    assert PASSPHRASE_MIN == 12
    assert len(PassphraseKeys(passphrase="x" * 12, iterations=1).add(1)[0]) == 32
    for passphrase, said in (
        (
            None,
            (
                "the passphrase of the secrets was not given: set BALLAST_SECRETS_PASSPHRASE,"
                " or start on a terminal, which asks for it"
            ),
        ),
        ("x" * 11, "the passphrase must have at least 12 characters"),
    ):
        keys = PassphraseKeys(passphrase=passphrase, before="the one before", iterations=1)
        # Each is called before the loop goes on.
        for work in (lambda: keys.read([]), lambda: keys.add(1)):  # noqa: B023
            with pytest.raises(KeysUnusable) as caught:
                work()
            assert str(caught.value) == said
    keys = PassphraseKeys(passphrase=PHRASE)
    for parameters, said in (
        (b"", "a key version was not begun from a passphrase"),
        (
            struct.pack(">I16s", 0, b""),
            "a key version asks for an impossible number of iterations",
        ),
        (
            struct.pack(">I16s", 10_000_001, b""),
            "a key version asks for an impossible number of iterations",
        ),
    ):
        with pytest.raises(KeysUnusable) as caught:
            keys.read([replace(mark_of(1), parameters=parameters)])
        assert str(caught.value) == said


async def test_the_self_test_opens_everything_and_says_what_does_not(tmp_path: Path) -> None:
    rig = SecretRig(folder=tmp_path)
    await rig.vault.refresh()
    made = await rig.fill(3)
    broken = made[1][0]
    sealed = await rig.store.get(broken)
    assert sealed is not None
    await rig.store.put(SealedRow(row=broken, sealed=replace(sealed, nonce=bytes(12))))
    tested = await rig.self_test()()
    assert (tested.opened, tested.unreadable) == (2, [broken])

    class Wrong(EnvelopeVault):
        async def open(self, sealed: object, *, row: object) -> bytes:
            return b"something else"

    wrong = Wrong(keys=rig.keys, marks=rig.marks, clock=rig.clock)
    with pytest.raises(SecretUnreadable, match=r"^the probe came back as something else$"):
        await SelfTest(vault=wrong, store=rig.store)()
    rig.path.unlink()
    with pytest.raises(SecretsSealed, match=r"is missing: bring it back from its copy$"):
        await rig.self_test()()
