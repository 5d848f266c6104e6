"""Read what a provider said: whether it is worth another try, and when."""

from collections.abc import Iterable
from datetime import datetime
from email.utils import parsedate_to_datetime

from domain.notifications.texts import one_line
from ports.notifications import NotSent

SAID_CHARS_MAX = 300
# Longer than that nobody is believed.
AFTER_S_MAX = 86_400.0
MASK = "********"
# Come back: too late, too early, too often (RFC 9110, RFC 8470, RFC 6585).
_COME_BACK = frozenset({408, 425, 429})


def said(text: str, *, hiding: Iterable[str | None] = ()) -> str:
    """Return a provider's words as one short line, without any secret that it repeats."""
    for secret in sorted(filter(None, hiding), key=len, reverse=True):
        text = text.replace(secret, MASK)
    return one_line(text, chars_max=SAID_CHARS_MAX)


def retry_after(field: str | None, *, now: datetime) -> float | None:
    """Return the seconds of a Retry-After field (RFC 9110, 10.2.3), None where it has none."""
    if field is None:
        return None
    text = field.strip()
    if text.isascii() and text.isdigit():
        seconds = float(text[:9])
    else:
        try:
            at = parsedate_to_datetime(text)
            seconds = (at - now).total_seconds()
        except (ValueError, TypeError, OverflowError):
            # Also a date without a zone, which cannot be compared.
            return None
    return min(max(seconds, 0.0), AFTER_S_MAX)


def worth_repeating(status: int) -> bool:
    """Tell whether an HTTP status leaves hope for the same request."""
    return status in _COME_BACK or status >= 500


def no_answer(problem: BaseException) -> NotSent:
    """Return what a lost, broken or late answer means: it may be sent again.

    The text of the problem may hold an address and is left out.
    """
    if isinstance(problem, TimeoutError):
        return NotSent(reason="gave no answer in time", again=True)
    return NotSent(reason=f"gave no answer: {type(problem).__name__}", again=True)
