"""Find texts that are near copies of one another, by SimHash (Charikar 2002)."""

import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from functools import lru_cache
from hashlib import blake2b
from itertools import chain

BITS = 64
# So many bits may differ between near copies.
DISTANCE_MAX = 3

_LINK = re.compile(r"https?://\S+")
# Numbers are left out: a copy that counts itself stays a copy.
_WORD = re.compile(r"[^\W\d_]+")
_BAND_BITS = BITS // (DISTANCE_MAX + 1)


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

    A copy of a copy is a copy: a story that drifts in small steps stays one.
    """
    first = list(range(len(hashes)))

    def root(place: int) -> int:
        while first[place] != place:
            first[place] = first[first[place]]
            place = first[place]
        return place

    # Of four bands of bits at least one is equal where no more than three bits differ.
    bands: dict[tuple[int, int], dict[int, int]] = defaultdict(dict)
    for place, bits in enumerate(hashes):
        keys = [(band, bits >> (band * _BAND_BITS) & 0xFFFF) for band in range(DISTANCE_MAX + 1)]
        for known in set(chain.from_iterable(bands[key].items() for key in keys)):
            if (known[0] ^ bits).bit_count() <= DISTANCE_MAX:
                one, other = sorted((root(known[1]), root(place)))
                first[other] = one
        for key in keys:
            # The same bits again need no place of their own.
            bands[key].setdefault(bits, place)
    return [root(place) for place in range(len(hashes))]


@lru_cache(maxsize=32_768)
def _bits(word: str) -> int:
    return int.from_bytes(blake2b(word.encode(), digest_size=BITS // 8).digest(), "big")
