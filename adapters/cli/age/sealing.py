"""Encrypt for the owner and a split key, and share that key k of n.

The secret that is shared is the 32 bytes of the identity AGE-SECRET-KEY-1..., no more and no less,
without a passphrase: docs/letters.md says how they become an identity again. Nothing here
remembers, writes or logs any of it.
"""

import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import pyrage
import shamir_mnemonic

from domain.shared.values import InvalidValue
from domain.succession.age_key import identity_of, secret_of

SHARES_MAX = 16
THRESHOLD_MIN = 2


class SealingFailed(Exception):
    """What was sealed does not open again: it must not be used."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SplitKey:
    """A key that nobody holds: whom to encrypt for, and the words of each share."""

    recipient: str
    threshold: int
    shares: tuple[str, ...] = field(repr=False)


def new_identity() -> tuple[str, str]:
    """Return a new identity and its recipient."""
    identity = pyrage.x25519.Identity.generate()
    return str(identity), str(identity.to_public())


def recipient_of(identity: str) -> str:
    """Return the recipient of an identity; raises InvalidValue."""
    try:
        return str(pyrage.x25519.Identity.from_str(identity).to_public())
    except pyrage.IdentityError:
        raise InvalidValue(field="identity", problem="must be AGE-SECRET-KEY-1...") from None


def split_key(*, threshold: int, shares: int) -> SplitKey:
    """Make a key, share it, and forget it; raises InvalidValue, SealingFailed."""
    if not 1 <= shares <= SHARES_MAX:
        raise InvalidValue(field="trustees", problem=f"must be 1 to {SHARES_MAX} of them")
    # One share of several that opens alone is a copy of the key, which SLIP-39 does not make.
    if not THRESHOLD_MIN <= threshold <= shares:
        problem = f"must be {THRESHOLD_MIN} to {shares}, the number of trustees"
        raise InvalidValue(field="threshold", problem=problem)
    identity, recipient = new_identity()
    # Not extendable, and without stretching, which guards a passphrase alone: every reader of
    # SLIP-39 opens these, those from before the flag too.
    (words,) = shamir_mnemonic.generate_mnemonics(
        1, [(threshold, shares)], secret_of(identity), extendable=False, iteration_exponent=0
    )
    # Any of them must do: the first, the last, and as it happens.
    tries = (words[:threshold], words[-threshold:], _some(words, threshold))
    if any(joined_identity(one) != identity for one in tries):
        raise SealingFailed("the shares do not give the key again: nothing was kept")
    return SplitKey(recipient=recipient, threshold=threshold, shares=tuple(words))


def joined_identity(shares: Iterable[str]) -> str:
    """Return the identity that enough shares give; raises InvalidValue for too few or a typo."""
    try:
        return identity_of(shamir_mnemonic.combine_mnemonics(shares))
    except shamir_mnemonic.MnemonicError as wrong:
        raise InvalidValue(field="shares", problem=str(wrong)) from None


def sealed(content: bytes, *, recipients: Sequence[str]) -> bytes:
    """Return the content as an age file for these recipients; raises InvalidValue."""
    try:
        keys = [pyrage.x25519.Recipient.from_str(one) for one in recipients]
    except pyrage.RecipientError:
        raise InvalidValue(field="recipients", problem="must each be age1...") from None
    return bytes(pyrage.encrypt(content, keys))


def opened(content: bytes, *, identity: str) -> bytes:
    """Return what an age file holds; raises InvalidValue for another's."""
    try:
        return bytes(pyrage.decrypt(content, [pyrage.x25519.Identity.from_str(identity)]))
    except (pyrage.DecryptError, pyrage.IdentityError) as wrong:
        raise InvalidValue(field="content", problem=f"does not open: {wrong}") from None


def _some(words: Sequence[str], threshold: int) -> list[str]:
    return secrets.SystemRandom().sample(list(words), threshold)
