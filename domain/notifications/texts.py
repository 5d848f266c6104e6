"""Say what happened in words: a subject, plain text, and the same as a small HTML page."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape

from domain.notifications.message import NotificationType
from domain.notifications.texts_events import EVENTS, OTHERS, Event

SUBJECT_CHARS_MAX = 150
VALUE_CHARS_MAX = 500
# Listed below a text, and told as so many more beyond.
ROWS_MAX = 30
DIGEST_LINES_MAX = 100
# {name} is a value that must be there for the sentence to be said as it is, {name|words} has
# words for where it is not.
_GAP = re.compile(r"\{([a-z_]+)(?:\|([^{}]*))?\}")
# Told by other means than a row.
_NOT_ROWS = frozenset({"link"})
_STYLE = "font-family:sans-serif;max-width:40em;line-height:1.4"


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """What a message says, in each form that a channel can carry."""

    subject: str
    text: str
    html: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DigestLine:
    """One thing that a digest tells: when it was, as its reader's clock says, and what."""

    at: str
    subject: str


def content_of(
    *, type: NotificationType, kind: str, detail: Mapping[str, str], link: str = ""
) -> Content:
    """Return the words for what happened; a kind without words of its own is told by its type.

    kind may carry the area in front (`succession.reminded`). Every value of detail that no
    sentence uses is listed below, so that nothing that was told is lost.
    """
    event = _event_of(type, kind)
    values = {name: value for name, said in detail.items() if (value := one_line(said))}
    values.setdefault("kind", _worded(kind))
    subject, used = _filled(event.subject, values)
    paragraphs = []
    for sentence in (event.opening, event.advice):
        said, names = _filled(sentence, values)
        used |= names
        if said:
            paragraphs.append(said)
    rows = _rows(event, values, used=used)
    if rows:
        paragraphs.insert(1, "\n".join(rows))
    text = "\n\n".join(paragraphs)
    return _content(subject, text, link=link)


def digest_of(lines: Sequence[DigestLine], *, link: str = "") -> Content:
    """Return what happened since the last digest, one line each, in the order given."""
    many = "1 notification" if len(lines) == 1 else f"{len(lines)} notifications"
    told = [f"{one_line(one.at)}: {one_line(one.subject)}" for one in lines[:DIGEST_LINES_MAX]]
    if len(lines) > DIGEST_LINES_MAX:
        told.append(f"and {len(lines) - DIGEST_LINES_MAX} more, which are listed in Ballast.")
    text = "\n\n".join(["What happened since the last digest:", "\n".join(told)])
    return _content(f"Digest: {many}", text, link=link)


def html_of(*, subject: str, text: str, link: str = "") -> str:
    """Return a plain text as a page that loads nothing: no image, no script, no style from afar.

    Paragraphs are apart by an empty line. A link that is no web address is left out.
    """
    title = escape(one_line(subject))
    body = "".join(
        f"<p>{'<br>'.join(escape(one_line(line)) for line in paragraph.splitlines())}</p>"
        for paragraph in re.split(r"\n\s*\n", text.strip())
        if paragraph.strip()
    )
    if link.startswith(("https://", "http://")):
        shown = escape(one_line(link, chars_max=2_000))
        body += f'<p><a href="{shown}">{shown}</a></p>'
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title}</title></head>'
        f'<body style="{_STYLE}"><h1 style="font-size:1.2em">{title}</h1>{body}</body></html>'
    )


def one_line(value: str, *, chars_max: int = VALUE_CHARS_MAX) -> str:
    """Return a value as one line of bounded length, without what steers a terminal or a header.

    Control characters and those that turn the direction of writing become blanks.
    """
    # Cut before it is looked at: a value may be megabytes long.
    plain = "".join(
        " " if unicodedata.category(char) in ("Cc", "Cf", "Cs", "Zl", "Zp") else char
        for char in value[: chars_max * 4]
    )
    said = " ".join(plain.split())
    return said if len(said) <= chars_max else f"{said[: chars_max - 1]}…"


def _content(subject: str, text: str, *, link: str) -> Content:
    said = one_line(subject, chars_max=SUBJECT_CHARS_MAX)
    return Content(subject=said, text=text, html=html_of(subject=said, text=text, link=link))


def _event_of(type: NotificationType, kind: str) -> Event:
    plain = kind.lower().replace(".", "_").replace("-", "_")
    bare = plain.removeprefix(f"{type.value}_")
    # A kind of another type by the same name is not meant: `succession.armed` is no `kill.armed`.
    named = EVENTS.get((type, bare)) or EVENTS.get((type, plain))
    return named or OTHERS[type]


def _filled(sentence: str, values: Mapping[str, str]) -> tuple[str, set[str]]:
    """Fill the gaps, each once: what a value holds is never read as a gap."""
    used: set[str] = set()

    def said(gap: re.Match[str]) -> str:
        name, instead = gap.group(1), gap.group(2)
        if name in values:
            used.add(name)
            return values[name]
        return instead or ""

    return " ".join(_GAP.sub(said, sentence).split()), used


def _rows(event: Event, values: Mapping[str, str], *, used: set[str]) -> list[str]:
    """List the values that no sentence holds: those with a name of their own first."""
    labels = dict(event.labels)
    left = [
        name for name in values if name not in used and name not in _NOT_ROWS and name != "kind"
    ]
    ordered = [name for name in labels if name in left]
    ordered += [name for name in left if name not in labels]
    rows = [f"{labels.get(name) or _worded(name)}: {values[name]}" for name in ordered[:ROWS_MAX]]
    if len(ordered) > ROWS_MAX:
        rows.append(f"and {len(ordered) - ROWS_MAX} more")
    return rows


def _worded(name: str) -> str:
    """Return a name of the code as words: `account_id` is "Account id"."""
    said = one_line(name.replace("_", " ").replace(".", " ").replace("-", " "), chars_max=80)
    return said[:1].upper() + said[1:]
