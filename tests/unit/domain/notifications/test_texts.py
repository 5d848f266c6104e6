"""What people are told: whole, in one line where one is meant, and harmless in a mail reader."""

import re
from html.parser import HTMLParser
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.notifications.message import NotificationType
from domain.notifications.texts import (
    DIGEST_LINES_MAX,
    ROWS_MAX,
    SUBJECT_CHARS_MAX,
    DigestLine,
    content_of,
    digest_of,
    html_of,
    one_line,
)
from domain.notifications.texts_events import EVENTS, OTHERS

T = NotificationType
HOSTILE = '<script src="https://evil.example/x.js">alert(1)</script><img src=x onerror="a()">'
# Elements that load or run nothing.
HARMLESS = {"html", "head", "meta", "title", "body", "h1", "p", "br", "a"}
every_event = pytest.mark.parametrize(("type", "kind"), list(EVENTS))


class Page(HTMLParser):
    """Notes the elements and attributes of a page, and what a reader sees."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str]] = []
        self.seen = ""
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(name, value or "") for name, value in attrs]

    def handle_data(self, data: str) -> None:
        self.seen += data


def harmless(html: str) -> bool:
    page = Page(html)
    names = {name for name, _ in page.attributes}
    hrefs = [value for name, value in page.attributes if name == "href"]
    return (
        set(page.tags) <= HARMLESS
        and names <= {"lang", "charset", "style", "href"}
        and all(href.startswith(("https://", "http://")) for href in hrefs)
        and not re.search(r"url\(|@import", html[: html.index("</head>")])
    )


@every_event
def test_each_event_has_words_without_any_value(type: NotificationType, kind: str) -> None:
    said = content_of(type=type, kind=kind, detail={})
    assert said.subject
    assert said.text
    assert "{" not in said.subject + said.text
    assert "|" not in said.subject + said.text


@every_event
def test_every_value_is_told_in_text_and_page(type: NotificationType, kind: str) -> None:
    event = EVENTS[type, kind]
    gaps = re.findall(r"\{([a-z_]+)", event.subject + event.opening + event.advice)
    names = {*gaps, *dict(event.labels), "something_new"} - {"kind"}
    detail = {name: f"value-of-{name}" for name in names}
    said = content_of(type=type, kind=kind, detail=detail)
    for value in detail.values():
        assert value in f"{said.subject}\n{said.text}"
        assert value in Page(said.html).seen


@pytest.mark.parametrize("type", list(NotificationType))
def test_a_kind_without_words_of_its_own_is_told_by_its_type(type: NotificationType) -> None:
    said = content_of(type=type, kind=f"{type.value}.never_heard_of", detail={"why": "so"})
    assert "ever heard of" in said.subject
    assert "Why: so" in said.text
    assert set(OTHERS) == set(NotificationType)


def test_a_kind_may_carry_its_area_in_front() -> None:
    plain = content_of(type=T.KILL, kind="activated", detail={"scope": "all"})
    for kind in ("kill.activated", "kill_activated", "KILL.ACTIVATED"):
        assert content_of(type=T.KILL, kind=kind, detail={"scope": "all"}) == plain
    # And never finds the words of another type.
    other = content_of(type=T.SECURITY, kind="activated", detail={"scope": "all"})
    assert "Kill" not in other.subject


def test_a_value_is_never_read_as_a_gap_of_the_sentence() -> None:
    detail = {"symbol": "{price|X}", "price": "{symbol}", "side": "buy", "quantity": "1"}
    said = content_of(type=T.ORDER_FILLED, kind="order_filled", detail=detail)
    assert "{price|X}" in said.text
    assert "{symbol}" in said.text


@pytest.mark.parametrize("where", ["value", "name", "kind", "link", "subject"])
def test_markup_in_whatever_is_told_stays_text(where: str) -> None:
    detail = {HOSTILE if where == "name" else "rule": HOSTILE if where == "value" else "r"}
    kind = HOSTILE if where == "kind" else "other"
    link = f"https://ballast.example/{HOSTILE}" if where == "link" else ""
    said = content_of(type=T.RISK_BREACH, kind=kind, detail=detail, link=link)
    assert harmless(said.html)
    assert harmless(html_of(subject=HOSTILE, text=f"{HOSTILE}\n\n{HOSTILE}"))
    assert harmless(digest_of([DigestLine(at=HOSTILE, subject=HOSTILE)]).html)


@pytest.mark.parametrize(
    "link", ["javascript:alert(1)", "data:text/html,x", "//evil.example", "www.evil.example"]
)
def test_a_link_that_is_no_web_address_is_left_out(link: str) -> None:
    said = content_of(type=T.SECURITY, kind="new_device", detail={}, link=link)
    assert link not in said.html
    assert "href" not in said.html


def test_a_link_is_a_link_that_shows_where_it_goes() -> None:
    link = "https://ballast.example/n/1?a=1&b=2"
    page = Page(content_of(type=T.KILL, kind="escalated", detail={}, link=link).html)
    assert ("href", link) in page.attributes
    assert link in page.seen


@given(value=st.text(max_size=2_000))
def test_a_value_stays_one_line(value: str) -> None:
    said = one_line(value)
    assert len(said) <= 500
    assert len(said.splitlines()) <= 1
    assert "\u202e" not in said
    assert one_line(said) == said


@given(
    type=st.sampled_from(T),
    kind=st.one_of(st.sampled_from([kind for _, kind in EVENTS]), st.text(max_size=60)),
    detail=st.dictionaries(st.text(min_size=1, max_size=30), st.text(max_size=200), max_size=5),
)
def test_whatever_is_told_has_a_subject_of_one_line_and_a_harmless_page(**what: Any) -> None:
    said = content_of(**what)
    assert 0 < len(said.subject) <= SUBJECT_CHARS_MAX
    assert len(said.subject.splitlines()) == 1
    assert said.text.strip()
    assert harmless(said.html)


def test_more_values_than_anybody_reads_are_counted() -> None:
    detail = {f"name_{number}": "1" for number in range(ROWS_MAX + 7)}
    assert "and 7 more" in content_of(type=T.SYSTEM_ALERT, kind="odd", detail=detail).text


def test_a_digest_lists_what_happened_and_counts_what_is_beyond() -> None:
    lines = [DigestLine(at="09:00", subject=f"Filled {n}") for n in range(DIGEST_LINES_MAX + 3)]
    said = digest_of(lines)
    assert said.subject == f"Digest: {DIGEST_LINES_MAX + 3} notifications"
    assert f"09:00: Filled {DIGEST_LINES_MAX - 1}\n" in said.text
    assert f"Filled {DIGEST_LINES_MAX}" not in said.text
    assert "and 3 more" in said.text
    assert digest_of(lines[:1]).subject == "Digest: 1 notification"


def test_the_code_is_in_the_subject_where_a_telephone_shows_it() -> None:
    detail = {"code": "493817", "minutes": "15"}
    said = content_of(type=T.SECURITY, kind="address_code", detail=detail)
    assert "493817" in said.subject
    assert "15 minutes" in said.text
