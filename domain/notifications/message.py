"""Hold one message to one person, as every channel can carry it."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from domain.identity.notice import Priority


class Channel(StrEnum):
    """A way to reach a person."""

    IN_APP = "IN_APP"
    EMAIL = "EMAIL"
    WEBSOCKET = "WEBSOCKET"
    SMS = "SMS"
    PUSH = "PUSH"
    WEBHOOK = "WEBHOOK"


class NotificationType(StrEnum):
    """What a person is told of; each has preferences of its own."""

    ORDER_FILLED = "order_filled"
    RISK_BREACH = "risk_breach"
    STRATEGY_ERROR = "strategy_error"
    POSITION_UPDATE = "position_update"
    SYSTEM_ALERT = "system_alert"
    MARGIN = "margin"
    KILL = "kill"
    SUCCESSION = "succession"
    SECURITY = "security"


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """What is sent: the same id with every attempt, so that a provider may know it again."""

    id: UUID
    type: NotificationType
    priority: Priority
    at: datetime
    subject: str
    text: str
    # Empty where there is only text.
    html: str = ""
    # A page of this installation, empty if there is nothing to look at.
    link: str = ""
