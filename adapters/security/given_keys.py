"""Take key-encryption keys that a person brings: from the environment, or from a passphrase."""

import base64
import hashlib
import os
import struct
from collections.abc import Callable, Mapping, Sequence

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from adapters.security.key_files import KEY_BYTES, checked_version, decoded_key
from adapters.security.local_keys import unwrapped
from domain.secrets.keys import KeyMark, KeyState, check_address
from ports.secrets import KeysUnusable, SecretUnreadable

PBKDF2_ITERATIONS = 600_000
PASSPHRASE_MIN = 12
SALT_BYTES = 16
# Iterations and salt, as stored with the version.
_PARAMETERS = struct.Struct(f">I{SALT_BYTES}s")
_ITERATIONS_MAX = 10_000_000


class ListedKeys:
    """Keys from a setting: `1:<base64>,2:<base64>` (port KeySource)."""

    is_slow = False

    def __init__(self, *, text: str | None) -> None:
        self._text = text

    def __repr__(self) -> str:
        return "ListedKeys()"

    def read(self, known: Sequence[KeyMark]) -> Mapping[int, bytes]:
        """Return the listed keys; raises KeysUnusable."""
        return read_listed_keys(self._text)

    def add(self, version: int) -> tuple[bytes, bytes]:
        """Return a key that the list must have."""
        keys = read_listed_keys(self._text)
        if version not in keys:
            raise KeysUnusable(
                f"secrets.keys lists no key of version {version}: make one with"
                f" `ballast keys new`, add it as {version}:<key> and come again"
            )
        return keys[version], b""

    def remove(self, version: int) -> None:
        """Refuse while the list still has it: only who wrote the setting can take it out."""
        if version in read_listed_keys(self._text):
            raise KeysUnusable(f"take version {version} out of secrets.keys yourself")


def read_listed_keys(text: str | None) -> Mapping[int, bytes]:
    """Return listed keys; raises KeysUnusable, which repeats none of it."""
    if text is None:
        raise KeysUnusable("secrets.keys is not set (BALLAST_SECRETS_KEYS)")
    keys: dict[int, bytes] = {}
    for number, part in enumerate(text.split(","), 1):
        version, _, key = part.strip().partition(":")
        try:
            read = checked_version(version)
            if read in keys:
                raise ValueError("twice")
            keys[read] = decoded_key(key)
        except ValueError:
            raise KeysUnusable(
                f"entry {number} of secrets.keys is not version:key, with a key of 32 bytes in"
                " base64 and each version once"
            ) from None
    return keys


def new_key() -> str:
    """Return a new key as `secrets.keys` takes it."""
    return base64.b64encode(os.urandom(KEY_BYTES)).decode()


class PassphraseKeys:
    """Keys derived from a passphrase by PBKDF2-SHA256, each version with its own salt.

    before: the passphrase that was in force until a rotation to this one is finished.
    """

    # By design.
    is_slow = True

    def __init__(
        self,
        *,
        passphrase: str | None,
        before: str | None = None,
        iterations: int = PBKDF2_ITERATIONS,
        random: Callable[[int], bytes] = os.urandom,
    ) -> None:
        self._passphrases = [one for one in (passphrase, before) if one is not None]
        self._given = passphrase is not None
        self._iterations = iterations
        self._random = random
        # By salt and passphrase: a look again costs no derivation again.
        self._derived: dict[tuple[bytes, int], bytes] = {}
        self._fits: dict[int, int] = {}
        self._fresh: dict[int, bytes] = {}

    def __repr__(self) -> str:
        return "PassphraseKeys()"

    def read(self, known: Sequence[KeyMark]) -> Mapping[int, bytes]:
        """Derive the key of every known version; raises KeysUnusable."""
        self._check()
        return {
            mark.version: self._key(mark) for mark in known if mark.state is not KeyState.RETIRED
        }

    def add(self, version: int) -> tuple[bytes, bytes]:
        """Derive a new version's key from the passphrase and a fresh salt."""
        self._check()
        parameters = self._fresh.get(version)
        if parameters is None:
            salt = self._random(SALT_BYTES)
            parameters = self._fresh[version] = _PARAMETERS.pack(self._iterations, salt)
        return self._derive(parameters, 0), parameters

    def remove(self, version: int) -> None:
        """Do nothing: without its salt's passphrase the key is nowhere."""

    def _check(self) -> None:
        if not self._given:
            raise KeysUnusable(
                "the passphrase of the secrets was not given: set BALLAST_SECRETS_PASSPHRASE,"
                " or start on a terminal, which asks for it"
            )
        if len(self._passphrases[0]) < PASSPHRASE_MIN:
            raise KeysUnusable(f"the passphrase must have at least {PASSPHRASE_MIN} characters")

    def _key(self, mark: KeyMark) -> bytes:
        """Return the key whose passphrase opens the version's known value."""
        found = self._fits.get(mark.version)
        if found is not None:
            return self._derive(mark.parameters, found)
        for place in range(len(self._passphrases)):
            key = self._derive(mark.parameters, place)
            if _opens(mark, key=key):
                self._fits[mark.version] = place
                return key
        # The vault says that it is the wrong one.
        return self._derive(mark.parameters, 0)

    def _derive(self, parameters: bytes, place: int) -> bytes:
        kept = self._derived.get((parameters, place))
        if kept is not None:
            return kept
        try:
            iterations, salt = _PARAMETERS.unpack(parameters)
        except struct.error:
            raise KeysUnusable("a key version was not begun from a passphrase") from None
        if not 1 <= iterations <= _ITERATIONS_MAX:
            raise KeysUnusable("a key version asks for an impossible number of iterations")
        passphrase = self._passphrases[place].encode(errors="surrogatepass")
        key = hashlib.pbkdf2_hmac("sha256", passphrase, salt, iterations, KEY_BYTES)
        self._derived[parameters, place] = key
        return key


def _opens(mark: KeyMark, *, key: bytes) -> bool:
    row = check_address(mark.version)
    try:
        unwrapped(mark.check, cipher=AESGCM(key), row=row, version=mark.version)
    except SecretUnreadable:
        return False
    return True
