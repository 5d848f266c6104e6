"""Judge a publisher by its domain: listed, unknown, denied, or one that looks like a listed one."""

import re
import unicodedata
from dataclasses import dataclass, field

from domain.shared.values import InvalidValue

# Wires, newspapers and authorities whose own pages these are; a setting replaces the list.
LISTED = (
    *("apnews.com", "bbc.co.uk", "barrons.com", "bloomberg.com", "businesswire.com", "cnbc.com"),
    *("economist.com", "federalreserve.gov", "forbes.com", "ft.com", "globenewswire.com"),
    *("investors.com", "marketwatch.com", "nytimes.com", "prnewswire.com", "reuters.com"),
    *("sec.gov", "wsj.com", "washingtonpost.com", "finance.yahoo.com"),
)
_DOMAIN = re.compile(r"(?=.{1,253}\Z)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9-]{2,63}")
# Letters of other scripts, and digits, that are drawn like Latin letters (Unicode UTS 39).
_DRAWN = str.maketrans(
    "\u0430\u0435\u043e\u0440\u0441\u0445\u0443\u0456\u0458\u0455\u0501\u051b\u03bf\u03b1\u03bd"
    "\u0131\u0261\u04bb\u043a\u0442\u043c\u043d\u0432\u044c01\u007c5",
    "aeopcxyijsdqoavighktmhbbolls",
)
# With fewer letters, one more or less makes another name and no slip of the pen.
_LETTERS_MIN = 5
_SECOND_LEVEL = frozenset({"ac", "co", "com", "edu", "gov", "net", "org"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Publishers:
    """The domains that are trusted and those that are not; a subdomain is as its domain is."""

    listed: tuple[str, ...] = LISTED
    denied: tuple[str, ...] = field(default=())

    def is_listed(self, domain: str) -> bool:
        """Tell whether the domain is trusted."""
        return any(_within(domain, one) for one in self.listed)

    def is_denied(self, domain: str) -> bool:
        """Tell whether the domain is refused."""
        return any(_within(domain, one) for one in self.denied)

    def looks_like(self, domain: str) -> str | None:
        """Return the listed domain that this one could be taken for, None where it is itself."""
        if self.is_listed(domain):
            return None
        shown, name = _drawn(domain), _drawn(_name(_decoded(domain)))
        for one in self.listed:
            theirs = _drawn(_name(one))
            long = len(theirs) >= _LETTERS_MIN
            # reuters.com.example.net
            inside = (
                f".{_drawn(one)}." in f".{shown}." or f"{_drawn(one)}." in shown[: len(one) + 1]
            )
            if shown == _drawn(one) or inside or (long and _one_slip(name, theirs)):
                return one
        return None


def checked_domain(text: str, *, field: str) -> str:
    """Return the domain in lower case, punycode for other scripts; raises InvalidValue."""
    try:
        domain = text.strip().lower().rstrip(".").encode("idna").decode()
    except UnicodeError:
        domain = ""
    if not _DOMAIN.fullmatch(domain):
        raise InvalidValue(field=field, problem="must be a domain name, like reuters.com")
    return domain.removeprefix("www.")


def _within(domain: str, whole: str) -> bool:
    return domain == whole or domain.endswith(f".{whole}")


def _name(domain: str) -> str:
    """Return the label that a publisher goes by: reuters of www.reuters.com and reuters.co.uk."""
    labels = domain.split(".")
    at = -3 if len(labels) > 2 and len(labels[-1]) == 2 and labels[-2] in _SECOND_LEVEL else -2
    return labels[at]


def _decoded(domain: str) -> str:
    try:
        return domain.encode().decode("idna")
    except UnicodeError:
        return domain


def _drawn(text: str) -> str:
    """Return how a name looks: accents, hyphens and look-alike letters made one."""
    plain = unicodedata.normalize("NFKD", _decoded(text).casefold())
    kept = "".join(one for one in plain if not unicodedata.combining(one) and one != "-")
    return kept.translate(_DRAWN).replace("rn", "m").replace("vv", "w")


def _one_slip(one: str, other: str) -> bool:
    """Tell whether at most one letter is added, lost or another, or two have changed places."""
    if one == other:
        return True
    if abs(len(one) - len(other)) > 1:
        return False
    at = next((at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), None)
    if at is None:
        return True
    a, b = one[at:], other[at:]
    swapped = len(a) > 1 and len(b) > 1 and a[1] + a[0] == b[:2] and a[2:] == b[2:]
    return swapped or a[1:] == b[1:] or a[1:] == b or a == b[1:]
