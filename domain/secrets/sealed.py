"""Write a sealed secret down as bytes, and read it back."""

import struct
from dataclasses import dataclass, field, replace

from domain.secrets.address import FORMAT, VERSION_MAX

NONCE_BYTES = 12
TAG_BYTES = 16
# What one secret may have: keys, seeds and certificates, not documents.
SECRET_BYTES_MAX = 65_536
_WRAPPED_MAX = 4_096
# Format, version of the key that wraps, version at the sealing, length of the wrapped key.
_HEAD = struct.Struct(">BIIH")


class UnreadableSeal(ValueError):
    """The bytes are no sealed secret of a form that this program knows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SealedSecret:
    """A secret under a data key of its own, and that key wrapped by a key-encryption key.

    key_version: the key-encryption key that wraps now. sealed_version: the one at the time of
    sealing; the data stays bound to it when its key is wrapped anew.
    """

    key_version: int
    sealed_version: int
    wrapped_key: bytes = field(repr=False)
    nonce: bytes = field(repr=False)
    ciphertext: bytes = field(repr=False)

    def __post_init__(self) -> None:
        for version in (self.key_version, self.sealed_version):
            if not 1 <= version <= VERSION_MAX:
                raise UnreadableSeal(f"there is no key version {version}")
        if not 1 <= len(self.wrapped_key) <= _WRAPPED_MAX or len(self.nonce) != NONCE_BYTES:
            raise UnreadableSeal("the wrapped key or the nonce has no possible length")
        if not TAG_BYTES <= len(self.ciphertext) <= SECRET_BYTES_MAX + TAG_BYTES:
            raise UnreadableSeal("the ciphertext has no possible length")

    def to_bytes(self) -> bytes:
        """Return what is stored."""
        head = _HEAD.pack(FORMAT, self.key_version, self.sealed_version, len(self.wrapped_key))
        return head + self.wrapped_key + self.nonce + self.ciphertext

    def rewrapped(self, *, key_version: int, wrapped_key: bytes) -> "SealedSecret":
        """Return the same secret with its data key wrapped anew."""
        return replace(self, key_version=key_version, wrapped_key=wrapped_key)


def read_sealed(stored: bytes) -> SealedSecret:
    """Return what was stored; raises UnreadableSeal."""
    if len(stored) < _HEAD.size:
        raise UnreadableSeal("shorter than any sealed secret")
    written, key_version, sealed_version, length = _HEAD.unpack_from(stored)
    if written != FORMAT:
        raise UnreadableSeal(f"written in format {written}; this program knows {FORMAT}")
    nonce_at = _HEAD.size + length
    data_at = nonce_at + NONCE_BYTES
    return SealedSecret(
        key_version=key_version,
        sealed_version=sealed_version,
        wrapped_key=stored[_HEAD.size : nonce_at],
        nonce=stored[nonce_at:data_at],
        ciphertext=stored[data_at:],
    )
