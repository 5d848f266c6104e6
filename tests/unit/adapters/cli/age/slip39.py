"""Read SLIP-39 shares: a second reader, written from the specification alone.

https://github.com/satoshilabs/slips/blob/master/slip-0039.md. It shares nothing with the one that
the product uses but the published list of words.
"""

import hmac
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import pbkdf2_hmac, sha256

from shamir_mnemonic.wordlist import WORDLIST

_GENERATOR = (
    0xE0E040,
    0x1C1C080,
    0x3838100,
    0x7070200,
    0xE0E0009,
    0x1C0C2412,
    0x38086C24,
    0x3090FC48,
    0x21B1F890,
    0x3F3F120,
)


class NotShares(Exception):
    """These lines give no secret."""


@dataclass(frozen=True)
class Share:
    """What a line of words says."""

    identifier: int
    extendable: bool
    exponent: int
    group: int
    group_threshold: int
    groups: int
    member: int
    threshold: int
    value: bytes


def read(words: str) -> Share:
    """Return a share; raises NotShares."""
    values = [WORDLIST.index(word) for word in words.split()]
    extendable = bool(values[1] >> 4 & 1)
    label = b"shamir_extendable" if extendable else b"shamir"
    check = 1
    for value in [*label, *values]:
        top = check >> 20
        check = (check & 0xFFFFF) << 10 ^ value
        for place, term in enumerate(_GENERATOR):
            check ^= term if top >> place & 1 else 0
    if check != 1 or len(values) < 20:
        raise NotShares("a word is wrong or missing")
    head = 0
    for value in values[:4]:
        head = head << 10 | value
    body = 0
    for value in values[4:-3]:
        body = body << 10 | value
    bits = 10 * (len(values) - 7)
    length = bits // 16 * 2
    if bits - 8 * length > 8 or body >> 8 * length:
        raise NotShares("the padding is wrong")
    return Share(
        identifier=head >> 25,
        extendable=extendable,
        exponent=head >> 20 & 15,
        group=head >> 16 & 15,
        group_threshold=(head >> 12 & 15) + 1,
        groups=(head >> 8 & 15) + 1,
        member=head >> 4 & 15,
        threshold=(head & 15) + 1,
        value=body.to_bytes(length, "big"),
    )


def recover(lines: Sequence[str], passphrase: bytes = b"") -> bytes:
    """Return the master secret of exactly enough shares; raises NotShares."""
    shares = [read(line) for line in lines]
    first = shares[0]
    same = {(s.identifier, s.extendable, s.exponent, s.group_threshold, s.groups) for s in shares}
    if len(same) != 1 or first.group_threshold > first.groups:
        raise NotShares("the shares are not of one set")
    groups: dict[int, list[Share]] = defaultdict(list)
    for share in shares:
        groups[share.group].append(share)
    if len(groups) != first.group_threshold:
        raise NotShares("the number of groups is wrong")
    points = []
    for group, members in groups.items():
        if len({(s.threshold, len(s.value)) for s in members}) != 1:
            raise NotShares("the shares of a group differ")
        inner = [(s.member, s.value) for s in members]
        points.append((group, _joined(inner, threshold=members[0].threshold)))
    secret = _joined(points, threshold=first.group_threshold)
    return _decrypted(secret, passphrase, first)


def value_at(points: Sequence[tuple[int, bytes]], x: int) -> bytes:
    """Return where the polynomial of least degree through these points is at x, byte by byte."""
    result = bytes(len(points[0][1]))
    for at, value in points:
        factor = 1
        for other, _ in points:
            if other != at:
                factor = _times(factor, _times(x ^ other, _inverse(at ^ other)))
        result = bytes(a ^ _times(b, factor) for a, b in zip(result, value, strict=True))
    return result


def _joined(points: Sequence[tuple[int, bytes]], *, threshold: int) -> bytes:
    if len(points) != threshold or len({at for at, _ in points}) != threshold:
        raise NotShares("the number of shares is wrong")
    if threshold == 1:
        return points[0][1]
    secret, digest = value_at(points, 255), value_at(points, 254)
    if hmac.digest(digest[4:], secret, sha256)[:4] != digest[:4]:
        raise NotShares("the digest is wrong")
    return secret


def _times(a: int, b: int) -> int:
    product = 0
    while b:
        product ^= a if b & 1 else 0
        a = a << 1 ^ (0x11B if a & 0x80 else 0)
        b >>= 1
    return product


def _inverse(a: int) -> int:
    result = 1
    for _ in range(254):
        result = _times(result, a)
    return result


def _decrypted(secret: bytes, passphrase: bytes, share: Share) -> bytes:
    if len(secret) < 16 or len(secret) % 2:
        raise NotShares("the secret is too short, or odd")
    salt = b"" if share.extendable else b"shamir" + share.identifier.to_bytes(2, "big")
    half = len(secret) // 2
    left, right = secret[:half], secret[half:]
    for step in (3, 2, 1, 0):
        rounds = (10_000 << share.exponent) // 4
        key = pbkdf2_hmac("sha256", bytes([step]) + passphrase, salt + right, rounds, half)
        left, right = right, bytes(a ^ b for a, b in zip(left, key, strict=True))
    return right + left
