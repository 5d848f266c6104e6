"""Say what a notice to a user becomes: of which type, how urgent, in which words."""

from collections.abc import Mapping
from types import MappingProxyType
from uuid import UUID

from domain.identity.notice import Priority, UserNotice
from domain.notifications.alert import Alert
from domain.notifications.message import NotificationType
from domain.notifications.notification import higher
from domain.notifications.succession_words import SAID, words_of

# Of a notice's detail, what is a page and no text.
LINK = "link"
_TYPES = (
    ("kill_", NotificationType.KILL),
    ("margin", NotificationType.MARGIN),
    ("deleverage", NotificationType.MARGIN),
    ("succession", NotificationType.SUCCESSION),
    ("risk", NotificationType.RISK_BREACH),
    ("strategy", NotificationType.STRATEGY_ERROR),
    ("order", NotificationType.ORDER_FILLED),
    ("position", NotificationType.POSITION_UPDATE),
    ("system", NotificationType.SYSTEM_ALERT),
)
# What nobody may miss for want of a priority: by default it is mailed.
_MAILED = frozenset(
    {
        NotificationType.KILL,
        NotificationType.MARGIN,
        NotificationType.RISK_BREACH,
        NotificationType.SUCCESSION,
        NotificationType.SECURITY,
    }
)
_SUBJECTS: Mapping[str, str] = MappingProxyType(
    {
        "new_device": "Somebody logged in on a new device",
        "unusual_login": "An unusual log-in",
        "codes_guessed": "Somebody knows your password and gives wrong codes",
        "approval_asked": "A change waits for a second person: you",
        "factor_added": "A second factor was added",
        "factor_removed": "A second factor was removed",
        "factors_removed": "Your second factors were removed by the operator",
        "backup_codes_renewed": "New backup codes were made",
        "backup_code_used": "A backup code was used",
        "passkey_clone_suspected": "A passkey may have been copied",
        "recovery_canceled": "A recovery of your account was canceled",
        "margin_warning": "Margin warning",
        "margin_call": "Margin call",
        "deleverage_began": "Positions are being reduced for margin",
        "kill_venue_unreachable": "Kill switch escalated: a broker has not carried out a stop",
    }
)
_INTROS: Mapping[str, str] = MappingProxyType(
    {
        "new_device": "If that was not you, end the session and change your password.",
        "unusual_login": "If that was not you, end the session and change your password.",
        "codes_guessed": "Change your password now.",
        "approval_asked": "Look at it before it lapses, and approve or reject it.",
        "kill_venue_unreachable": (
            "A stop could not be carried out at the broker. Open orders may still be filled:"
            " call the broker, and acknowledge this message."
        ),
        "margin_call": "Add funds or reduce positions by the day that is named.",
        "margin_warning": "Less is left before a margin call than you wanted to be warned of.",
        "deleverage_began": "The account's buffer fell so low that positions are being reduced.",
    }
)


def type_of(kind: str) -> NotificationType:
    """Return the type of a kind of notice; what is nothing else concerns the way in."""
    return next((type_ for start, type_ in _TYPES if kind.startswith(start)), _SECURITY)


_SECURITY = NotificationType.SECURITY


def alert_of_notice(notice: UserNotice) -> Alert:
    """Return what its user is told of a notice."""
    type_ = type_of(notice.kind)
    priority = notice.priority
    if type_ in _MAILED and priority is not Priority.LOW:
        priority = higher(priority, Priority.HIGH)
    detail = dict(notice.detail)
    lines = [
        f"{_words(_LABELS.get((type_, name), name))}: {value}"
        for name, value in detail.items()
        if value and name not in _UNSAID.get(type_, _LINK)
    ]
    subject, intro = words_of(notice.kind, detail) or (
        _SUBJECTS.get(notice.kind) or _words(notice.kind),
        _INTROS.get(notice.kind, ""),
    )
    text = "\n".join(filter(None, [intro, *lines]))
    # What is told again of the same thing differs in why at most.
    named = " ".join(f"{name}={value}" for name, value in notice.detail if name != "problem")
    return Alert(
        type=type_,
        priority=priority,
        subject=subject,
        text=text or f"{subject}.",
        account_id=_account(detail.get("account_id")),
        key=f"{notice.kind} {named}" if named else "",
        link=detail.get(LINK, "/notifications"),
    )


# What the words say already, or what is no text.
_LINK = frozenset({LINK})
_UNSAID: Mapping[NotificationType, frozenset[str]] = MappingProxyType(
    {
        NotificationType.SUCCESSION: SAID | _LINK,
        NotificationType.MARGIN: _LINK | {"kind", "state"},
    }
)
_LABELS: Mapping[tuple[NotificationType, str], str] = MappingProxyType(
    {
        (NotificationType.MARGIN, "amount"): "missing",
        (NotificationType.MARGIN, "level"): "level of the buffer",
    }
)


def _words(name: str) -> str:
    text = name.removesuffix("_id").replace("_", " ").replace(".", ": ")
    return text[:1].upper() + text[1:]


def _account(text: str | None) -> UUID | None:
    try:
        return None if text is None else UUID(text)
    except ValueError:
        return None
