"""Read a feed: RSS 2.0 and 1.0, and Atom.

RSS 2.0 is the RSS Advisory Board's specification (https://www.rssboard.org/rss-specification):
channel/item with title, link, description, author and pubDate (RFC 822). RSS 1.0 puts the items
beside the channel, with dc:creator and dc:date (https://web.resource.org/rss/1.0/spec). Atom is
RFC 4287: feed/entry with title, link, summary or content, author/name, published or updated.
"""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from html.parser import HTMLParser
from xml.etree import ElementTree as Tree

from ports.news import NewsText, NewsUnavailable

ITEMS_MAX = 500
_ROOTS = frozenset({"rss", "RDF", "feed"})
_ITEMS = frozenset({"item", "entry"})


class _Plain(Tree.TreeBuilder):
    """Builds what has no document type: entities of one's own can grow without end."""

    def doctype(self, name: str, _public: str | None, _system: str | None) -> None:
        raise NewsUnavailable(f"the feed has a document type ({name[:32]}), which is not read")


class _Text(HTMLParser):
    """Keeps the text of a piece of HTML."""

    def __init__(self) -> None:
        super().__init__()
        self.parts: list[str] = []
        self._hidden = 0

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self._hidden += tag in ("script", "style")
        self.parts.append(" ")

    def handle_endtag(self, tag: str) -> None:
        if tag in ("script", "style") and self._hidden:
            self._hidden -= 1
        self.parts.append(" ")

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self.parts.append(data)


def read_feed(body: bytes) -> list[NewsText]:
    """Return the texts of a feed; raises NewsUnavailable for what is none.

    An entry without title and text is passed over.
    """
    try:
        # _Plain lets no document type in, hence no entity.
        root = Tree.fromstring(body, parser=Tree.XMLParser(target=_Plain()))  # noqa: S314
    except (Tree.ParseError, LookupError, ValueError) as wrong:
        raise NewsUnavailable(f"the feed is no XML: {wrong}") from None
    if _local(root) not in _ROOTS:
        raise NewsUnavailable(f"the feed is neither RSS nor Atom: {_local(root)[:32]}")
    texts = []
    for item in _items(root):
        one = _text_of(item)
        if one.title or one.text:
            texts.append(one)
        if len(texts) == ITEMS_MAX:
            break
    return texts


def _items(root: Tree.Element) -> Iterator[Tree.Element]:
    return (one for one in root.iter() if _local(one) in _ITEMS)


def _text_of(item: Tree.Element) -> NewsText:
    found: dict[str, str] = {}
    for child in item:
        name, said = _local(child), " ".join("".join(child.itertext()).split())
        if name == "link" and child.get("href") is not None:
            if child.get("rel", "alternate") != "alternate":
                continue
            said = child.get("href", "")
        if said:
            found.setdefault(name, said)
    text = found.get("description") or found.get("summary") or found.get("content") or ""
    url = found.get("link", "")
    return NewsText(
        title=plain_text(found.get("title", "")),
        text=plain_text(text),
        # What is no address says nothing of whom it is of.
        url=url if url.startswith(("http://", "https://")) else "",
        author=plain_text(found.get("creator") or found.get("author") or ""),
        published_at=_time(
            found.get("pubDate")
            or found.get("published")
            or found.get("date")
            or found.get("updated")
            or ""
        ),
    )


def plain_text(html: str) -> str:
    """Return the text of a piece of HTML, without what nobody sees."""
    reader = _Text()
    reader.feed(html)
    reader.close()
    return " ".join(re.sub(r"[\x00-\x1f\x7f]", " ", "".join(reader.parts)).split())


def _time(text: str) -> datetime | None:
    """Read RFC 822 or RFC 3339; one without an offset says no moment."""
    try:
        at = datetime.fromisoformat(text) if text[:4].isdigit() else parsedate_to_datetime(text)
        return at.astimezone(UTC) if at.tzinfo is not None else None
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def _local(element: Tree.Element) -> str:
    return element.tag.rpartition("}")[2]
