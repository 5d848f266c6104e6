"""What people are sent: whole, in one line where one is meant, and harmless in a mail reader."""

import re
from datetime import UTC, datetime
from html.parser import HTMLParser
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.identity.notice import Priority
from domain.notifications.message import Message, NotificationType
from domain.notifications.notification import Notification
from domain.notifications.rendering import TEXT_CHARS_MAX, digest_of, message_of
from domain.notifications.texts import SUBJECT_CHARS_MAX, one_line, plain_lines

ID = UUID(int=1)
AT = datetime(2026, 3, 8, 7, 30, tzinfo=UTC)
HOSTILE = '<script src="https://evil.example/x.js">alert(1)</script><img src=x onerror="a()">'
# Elements that load or run nothing.
HARMLESS = {"html", "head", "meta", "title", "body", "div", "h2", "p", "br"}
texts = st.text(max_size=600)


class Page(HTMLParser):
    """Notes the elements and attributes of a page, and what a reader sees."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.seen = ""
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}

    def handle_data(self, data: str) -> None:
        self.seen += data


def told(
    subject: str, text: str, *, priority: Priority = Priority.MEDIUM, times: int = 1
) -> Notification:
    return Notification(
        id=ID,
        tenant_id=ID,
        user_id=ID,
        incident=ID,
        type=NotificationType.RISK_BREACH,
        priority=priority,
        subject=subject,
        text=text,
        at=AT,
        last_at=AT,
        times=times,
    )


def assert_harmless(message: Message) -> None:
    page = Page(message.html)
    assert page.tags <= HARMLESS
    assert page.attributes <= {"lang", "charset", "style"}
    assert not re.search(r"url\(|@import", message.html[: message.html.index("</head>")])
    assert 0 <= len(message.subject) <= SUBJECT_CHARS_MAX
    assert len(message.subject.splitlines()) <= 1
    for said in (message.subject, message.text, page.seen):
        assert "\u202e" not in said
        assert "\x1b" not in said


@given(subject=texts, text=texts, priority=st.sampled_from(Priority), round=st.integers(0, 3))
def test_whatever_is_told_is_harmless(
    subject: str, text: str, priority: Priority, round: int
) -> None:
    one = told(subject, text, priority=priority)
    assert_harmless(message_of(one, id=ID, round=round))
    assert_harmless(digest_of([one, told(HOSTILE, HOSTILE)], id=ID))


def test_markup_and_headers_in_whatever_is_told_stay_text() -> None:
    subject, text = f"{HOSTILE}\r\nBcc: all@evil.example", f"{HOSTILE}\n\n\u202e{HOSTILE}\x1b[2J"
    for message in (
        message_of(told(subject, text), id=ID),
        digest_of([told(subject, text)], id=ID),
    ):
        assert_harmless(message)
        assert HOSTILE[:60] in Page(message.html).seen
        assert HOSTILE in message.text


def test_text_and_page_tell_the_same_and_how_often() -> None:
    one = told("Limit breached", "It is 101 of 100.\n\nReduce it.", times=3)
    message = message_of(one, id=ID, round=2)
    page = Page(message.html).seen
    assert message.subject == "Limit breached (not acknowledged, told again: 2)"
    for said in (
        "It is 101 of 100.",
        "Reduce it.",
        "This came 3 times.",
        "2026-03-08 07:30:00 UTC",
    ):
        assert said in message.text
        assert said in page


def test_what_is_loud_says_so_first() -> None:
    loud = message_of(told("Stopped", "All.", priority=Priority.URGENT), id=ID)
    assert loud.subject == "[URGENT] Stopped"
    assert message_of(told("Filled", "All.", priority=Priority.LOW), id=ID).subject == "Filled"


def test_a_digest_tells_each_and_is_as_urgent_as_the_most_urgent() -> None:
    quiet, louder = told("One", "1"), told("Two", "2", priority=Priority.HIGH)
    message = digest_of([quiet, louder], id=ID)
    assert (message.subject, message.priority) == ("2 notifications", Priority.HIGH)
    assert message.text.index("One\n1") < message.text.index("Two\n2")
    assert digest_of([quiet], id=ID).subject == "One"


def test_more_than_anybody_reads_is_cut_and_says_so() -> None:
    message = message_of(told("Long", "word " * 10_000), id=ID)
    assert len(message.text) < TEXT_CHARS_MAX + 200
    assert "…" in message.text


@pytest.mark.parametrize(
    ("text", "said"),
    [("ab\ncd", "ab\ncd"), ("ab\ncde", "ab\nc…"), ("abcde\nf", "abcd…"), (" " * 21, "…")],
)
def test_lines_that_are_left_out_are_told(text: str, said: str) -> None:
    assert plain_lines(text, chars_max=5) == said


@given(value=st.text(max_size=2_000))
def test_a_value_stays_one_line(value: str) -> None:
    said = one_line(value)
    assert len(said) <= 500
    assert len(said.splitlines()) <= 1
    assert one_line(said) == said
    lines = plain_lines(value, chars_max=100)
    assert len(lines) <= 101
    assert plain_lines(lines, chars_max=101) == lines
