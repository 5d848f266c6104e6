"""Make sentences of financial news from a seed; the same here and beside a peer."""

import random
from collections.abc import Sequence


def _words(text: str) -> Sequence[str]:
    return text.split()


_SAID = _words(
    "profit revenue sales costs losses margin debt demand orders shares guidance earnings cash "
    "dividend expenses outlook rose fell climbed dropped surged plunged widened narrowed improved "
    "declined beat missed upgraded downgraded strong weak record fraud lawsuit recall growth "
    "slowdown shortage approval bankruptcy recovery not no never slightly didn't"
)
_PLAIN = _words(
    "the a of in to and for on with by from at its it was were has have said company quarter year "
    "analysts investors market chief executive officer board group unit plant factory report "
    "statement week month results third second first annual meeting Geneva Helsinki London while "
    "after before which that this as than over about more per cent million euros dollars"
)
_ENDS = (".", ".", ".", "!", "?")
_LETTERS = "abcdefghijklmnopqrstuvwxyz"


def sentences(count: int, *, seed: int) -> Sequence[str]:
    """Return sentences of 6 to 40 words: words of finance, plain ones, numbers and names."""
    drawn = random.Random(seed)  # noqa: S311 - no secret comes of it
    return [_sentence(drawn) for _ in range(count)]


def _sentence(drawn: random.Random) -> str:
    words = [_word(drawn) for _ in range(drawn.randint(6, 40))]
    words[0] = words[0].capitalize()
    return " ".join(words) + drawn.choice(_ENDS)


def _word(drawn: random.Random) -> str:
    kind = drawn.random()
    if kind < 0.62:
        return drawn.choice(_PLAIN)
    if kind < 0.80:
        return drawn.choice(_SAID) + ("," if drawn.random() < 0.1 else "")
    if kind < 0.90:
        return f"{drawn.uniform(0, 500):.1f}"
    # Names, which no table of words has seen.
    return "".join(drawn.choices(_LETTERS, k=drawn.randint(4, 9))).capitalize()
