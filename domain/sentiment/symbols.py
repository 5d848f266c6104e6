"""Find which symbols a text is about: by $TICKER, by a company's name, by a ticker alone."""

import re
from collections.abc import Iterable, Mapping

from domain.sentiment.english import ENGLISH

# Shorter ones mean too much else.
BARE_MIN = 3
_CASH = re.compile(r"(?<![\w$])\$([A-Za-z][A-Za-z0-9]{0,9}(?:[./-][A-Za-z0-9]{1,5})?)(?![\w$])")
_BARE = re.compile(r"(?<![\w$.@#/-])[A-Z][A-Z0-9]{2,9}(?![\w$@/-])")
# What a register adds to the name that people use.
_FORM = re.compile(
    r"[ ,]+(?:the|inc|incorporated|corp|corporation|co|company|companies|ltd|limited|plc|llc|lp|"
    r"n\.?v|s\.?a|a\.?g|se|ab|asa|oyj|holdings?|group|trust|class [a-c]|cl [a-c]|"
    r"common stock|ordinary shares|adr|ads|\(the\))\.?$",
    re.IGNORECASE,
)
_NAME_MIN = 3


class SymbolFinder:
    """Finds the symbols of texts, among those that are listed: names by symbol."""

    def __init__(self, names: Mapping[str, str]) -> None:
        self._listed = frozenset(names)
        by_name: dict[str, str | None] = {}
        for symbol, name in names.items():
            for spoken in _spoken(name):
                # A name that two have says neither.
                by_name[spoken] = symbol if by_name.get(spoken, symbol) == symbol else None
        self._by_name = {name: symbol for name, symbol in by_name.items() if symbol is not None}
        # The longest first: General Motors is not General.
        words = "|".join(re.escape(one) for one in sorted(self._by_name, key=len, reverse=True))
        self._names = re.compile(rf"(?<![\w&]){_group(words)}(?![\w&])") if words else None

    def find(self, text: str) -> tuple[str, ...]:
        """Return the symbols that a text names, in order of the alphabet."""
        found = {one.upper() for one in _CASH.findall(text)} & self._listed
        if self._names is not None:
            found |= {self._by_name[one] for one in self._names.findall(text)}
        # Where all is in capitals, they tell nothing.
        if any(one.islower() for one in text):
            bare = (one for one in _BARE.findall(text) if one.lower() not in ENGLISH)
            found |= self._listed.intersection(bare)
        return tuple(sorted(found))


def _group(words: str) -> str:
    return f"(?:{words})"


def _spoken(name: str) -> Iterable[str]:
    """Return the names that a company is called by: the whole, and without its legal form."""
    whole = " ".join(name.split())
    short = whole
    while (cut := _FORM.sub("", short)) != short:
        short = cut
    # A name in small letters would be any word.
    return {one for one in (whole, short) if len(one) >= _NAME_MIN and one[0].isupper()}
