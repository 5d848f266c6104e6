"""Find texts that are near copies of one another, by SimHash (Charikar 2002)."""

import re
from collections import Counter
from collections.abc import Sequence
from functools import lru_cache
from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray

Bits = NDArray[np.uint64]
Places = NDArray[np.intp]

BITS = 64
# So many bits may differ between near copies.
DISTANCE_MAX = 3

_LINK = re.compile(r"https?://\S+")
# Numbers are left out: a copy that counts itself stays a copy.
_WORD = re.compile(r"[^\W\d_]+")
# So few are compared at once: dividing them costs more.
_FEW = 256


def simhash(text: str) -> int:
    """Return the text's 64 bits: near texts differ in few; one without words is 0."""
    counts = Counter(_WORD.findall(_LINK.sub(" ", text.lower())))
    if not counts:
        return 0
    lean = [0] * BITS
    for word, times in counts.items():
        bits = _bits(word)
        for place in range(BITS):
            lean[place] += times if bits >> place & 1 else -times
    return sum(1 << place for place in range(BITS) if lean[place] > 0)


def groups(hashes: Sequence[int]) -> list[int]:
    """Return for each text the place of the first one that it is a copy of, its own where none.

    A copy of a copy is a copy: a story that drifts in small steps stays one. Texts that somebody
    crafted to be alike in many bits, and no copies, cost little more than others, and whatever
    they are no more than comparing each with each.
    """
    first: dict[int, int] = {}
    for place, bits in enumerate(hashes):
        first.setdefault(bits, place)
    # The same bits again need no place of their own.
    labels = np.arange(len(first))
    _link(np.array(list(first), dtype=np.uint64), np.arange(len(first)), labels)
    places = list(first.values())
    found = dict(zip(first, (places[label] for label in labels.tolist()), strict=True))
    return [found[bits] for bits in hashes]


def _link(bits: Bits, places: Places, labels: Places) -> None:
    """Give near copies among different bits one label: the place of their first.

    Where no more than three bits differ, of four bands of bits at least one is equal: only what
    has one in common is compared, after the same has been asked of its other bits.
    """
    many = len(bits)
    if many <= _FEW:
        _compare(bits, places, labels)
        return
    varying = _varying(bits)
    if len(varying) <= DISTANCE_MAX:
        _merge(places, labels)
        return
    # Dealt out by how evenly they divide: each band divides as well as it can.
    bands = [_alike(bits, varying[start :: DISTANCE_MAX + 1]) for start in range(DISTANCE_MAX + 1)]
    pairs = sum(len(one) * (len(one) - 1) for band in bands for one in band)
    if pairs >= many * (many - 1):
        _compare(bits, places, labels)
        return
    for band in bands:
        for alike in band:
            _link(bits[alike], places[alike], labels)


def _varying(bits: Bits) -> Places:
    """Return the bits that are not the same in all, those first that divide them most evenly."""
    every = np.arange(BITS, dtype=np.uint64)
    ones = np.array([np.count_nonzero(bits >> one & np.uint64(1)) for one in every])
    fewer = np.minimum(ones, len(bits) - ones)
    order = np.argsort(-fewer, kind="stable")
    return order[: np.count_nonzero(fewer)]


def _alike(bits: Bits, band: Places) -> list[Places]:
    """Return the places, two or more together, of those that are alike in a band of bits."""
    mask = np.uint64(sum(1 << int(one) for one in band))
    keys = bits & mask
    order = np.argsort(keys, kind="stable")
    ends = np.flatnonzero(np.diff(keys[order])) + 1
    return [one for one in np.split(order, ends) if len(one) > 1]


def _compare(bits: Bits, places: Places, labels: Places) -> None:
    """Compare each with each."""
    for at in range(len(bits) - 1):
        near = _near(bits[at], bits[at + 1 :])
        if near.any():
            _merge(np.append(places[at + 1 :][near], places[at]), labels)


def _merge(places: Places, labels: Places) -> None:
    """Give all that belong with these one label, the least."""
    theirs = labels[places]
    least = theirs.min()
    if (theirs != least).any():
        belongs = np.zeros(len(labels), dtype=bool)
        belongs[theirs] = True
        labels[belongs[labels]] = least


def _near(one: np.uint64, others: Bits) -> NDArray[np.bool_]:
    """Tell which others differ from one in few bits."""
    close: NDArray[np.bool_] = np.bitwise_count(others ^ one) <= DISTANCE_MAX
    return close


@lru_cache(maxsize=32_768)
def _bits(word: str) -> int:
    return int.from_bytes(blake2b(word.encode(), digest_size=BITS // 8).digest(), "big")
