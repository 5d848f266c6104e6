"""Write a message as a mail: text and HTML side by side, under an id that stays the same."""

import re
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from html import escape

from domain.identity.notice import Priority
from domain.notifications.message import Message
from domain.notifications.texts import SUBJECT_CHARS_MAX, one_line
from domain.shared.values import InvalidValue

ADDRESS_CHARS_MAX = 254
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
# What RFC 5321 calls a mailbox, without quoted names and addresses in brackets, which mail
# servers on the way refuse more often than not.
_MAILBOX = re.compile(rf"(?=.{{1,64}}@){_ATOM}(?:\.{_ATOM})*@{_LABEL}(?:\.{_LABEL})*")
_SENDER = re.compile(r"(?:(?P<name>[^<>\"@,;:]{1,100})<)?(?P<mailbox>[^<>\s]+)(?(name)>)")
# What mail readers show of it: RFC 2156 has the words.
_IMPORTANCE = {Priority.LOW: "low", Priority.HIGH: "high", Priority.URGENT: "high"}


def checked_mailbox(text: str, *, field: str) -> str:
    """Return an e-mail address that can stand in a header as it is; raises InvalidValue."""
    if len(text) > ADDRESS_CHARS_MAX or not _MAILBOX.fullmatch(text):
        raise InvalidValue(field=field, problem="must be an address such as you@example.com")
    return text


def read_sender(text: str, *, field: str) -> Address:
    """Read who mail comes from: an address, or a name with one; raises InvalidValue."""
    found = _SENDER.fullmatch(text)
    if found is None or not text.isprintable():
        problem = "must be an address such as Ballast <ballast@example.com>"
        raise InvalidValue(field=field, problem=problem)
    mailbox = checked_mailbox(found["mailbox"], field=field)
    return Address(display_name=(found["name"] or "").strip(), addr_spec=mailbox)


def mail_of(message: Message, *, sender: Address, to: str) -> bytes:
    """Return the whole mail; the same message has the same Message-ID with every attempt.

    No header can be added by what a message holds: line breaks in a subject become blanks.
    """
    mail = EmailMessage(policy=SMTP)
    mail["From"] = sender
    mail["To"] = checked_mailbox(to, field="address")
    mail["Subject"] = one_line(message.subject, chars_max=SUBJECT_CHARS_MAX)
    mail["Date"] = message.at
    mail["Message-ID"] = f"<{message.id}@{sender.domain}>"
    # No holiday greetings, and no mailing list's answers (RFC 3834).
    mail["Auto-Submitted"] = "auto-generated"
    if (importance := _IMPORTANCE.get(message.priority)) is not None:
        mail["Importance"] = importance
    mail.set_content(with_link(message))
    if message.html:
        mail.add_alternative(_html_with_link(message), subtype="html")
    return mail.as_bytes()


def with_link(message: Message) -> str:
    """Return the text with the page to look at below it, where it does not name it already."""
    if not message.link or message.link in message.text:
        return message.text
    return f"{message.text}\n\n{message.link}"


def _html_with_link(message: Message) -> str:
    shown = escape(message.link)
    if not message.link.startswith(("https://", "http://")) or shown in message.html:
        return message.html
    body, end, rest = message.html.rpartition("</body>")
    linked = f'<p><a href="{shown}">{shown}</a></p>'
    return f"{body}{linked}{end}{rest}" if end else f"{message.html}{linked}"
