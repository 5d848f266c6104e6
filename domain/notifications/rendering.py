"""Write what is sent: the same words as text and as HTML."""

from collections.abc import Sequence
from html import escape
from uuid import UUID

from domain.identity.notice import Priority
from domain.notifications.message import Message
from domain.notifications.notification import PRIORITIES, Notification
from domain.notifications.texts import SUBJECT_CHARS_MAX, one_line, plain_lines

TEXT_CHARS_MAX = 4_000
_COLORS = {
    Priority.URGENT: "#b3261e",
    Priority.HIGH: "#b25e00",
    Priority.MEDIUM: "#1a5fb4",
    Priority.LOW: "#5e5e5e",
}


def message_of(notification: Notification, *, id: UUID, round: int = 0) -> Message:
    """Return what is sent of one notification; round counts how often it was told again."""
    said = one_line(notification.subject, chars_max=SUBJECT_CHARS_MAX)
    subject = f"[{notification.priority.value}] {said}" if _is_loud(notification) else said
    if round:
        subject = f"{subject} (not acknowledged, told again: {round})"
    text = _text(notification)
    if notification.times > 1:
        text = f"{text}\n\nThis came {notification.times} times."
    return Message(
        id=id,
        type=notification.type,
        priority=notification.priority,
        at=notification.at,
        subject=one_line(subject, chars_max=SUBJECT_CHARS_MAX),
        text=f"{text}\n\n{_stamp(notification)}\n",
        html=_page([_block(notification, text=text)]),
        link=notification.link,
    )


def digest_of(notifications: Sequence[Notification], *, id: UUID) -> Message:
    """Return one message of several notifications, newest last; there is one at least."""
    first, last = notifications[0], notifications[-1]
    count = len(notifications)
    text = "\n\n".join(
        f"{one_line(one.subject)}\n{_text(one)}\n{_stamp(one)}" for one in notifications
    )
    return Message(
        id=id,
        type=last.type,
        priority=min((one.priority for one in notifications), key=PRIORITIES.index),
        at=last.at,
        subject=one_line(
            first.subject if count == 1 else f"{count} notifications", chars_max=SUBJECT_CHARS_MAX
        ),
        text=f"{text}\n",
        html=_page([_block(one, text=_text(one)) for one in notifications]),
        link="/notifications",
    )


def _is_loud(notification: Notification) -> bool:
    return notification.priority in (Priority.URGENT, Priority.HIGH)


def _stamp(notification: Notification) -> str:
    at = notification.at.strftime("%Y-%m-%d %H:%M:%S UTC")
    return f"{notification.type.value}, {notification.priority.value}, {at}"


def _text(notification: Notification) -> str:
    """Return its words without what steers a mail reader or turns the direction of writing."""
    return plain_lines(notification.text, chars_max=TEXT_CHARS_MAX)


def _block(notification: Notification, *, text: str) -> str:
    color = _COLORS[notification.priority]
    paragraphs = "".join(
        f"<p>{escape(part).replace(chr(10), '<br>')}</p>" for part in text.split("\n\n") if part
    )
    return (
        f'<div style="border-left:4px solid {color};padding:4px 12px;margin:12px 0">'
        f'<h2 style="font-size:16px;margin:4px 0">{escape(one_line(notification.subject))}</h2>'
        f"{paragraphs}"
        f'<p style="color:#5e5e5e;font-size:12px">{escape(_stamp(notification))}</p></div>'
    )


def _page(blocks: Sequence[str]) -> str:
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Ballast</title></head>'
        '<body style="font-family:sans-serif;font-size:14px;max-width:640px;margin:auto">'
        f"{''.join(blocks)}</body></html>"
    )
