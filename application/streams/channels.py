"""List the channels that can be followed: who may, whose they are, on which topic they go out."""

from enum import StrEnum
from typing import Self

from domain.identity.access import Permission
from domain.identity.notice import NOTICES


class Whose(StrEnum):
    """What a channel belongs to."""

    ACCOUNT = "account"
    TENANT = "tenant"
    # Each account has it, and the tenant one without an account.
    BOTH = "both"
    USER = "user"


class StreamChannel(StrEnum):
    """What can be subscribed to.

    permission is what following takes, topic the area under which Kafka gets its events: a
    name on the wire, never to be changed.
    """

    permission: Permission
    topic: str
    whose: Whose

    def __new__(
        cls,
        value: str,
        # An owner's, where none is named.
        permission: Permission = Permission.IDENTITY_MANAGE,
        topic: str = "",
        whose: Whose = Whose.ACCOUNT,
    ) -> Self:
        """Return the channel of that name."""
        made = str.__new__(cls, value)
        made._value_ = value
        made.permission, made.topic, made.whose = permission, topic, whose
        return made

    ORDERS = "orders", Permission.ORDERS_READ, "orders"
    FILLS = "fills", Permission.ORDERS_READ, "orders"
    POSITIONS = "positions", Permission.ACCOUNTS_READ, "accounts"
    RISK = "risk", Permission.RISK_READ, "risk", Whose.BOTH
    KILL_SWITCH = "kill_switch", Permission.RISK_READ, "kill_switch", Whose.TENANT
    STREAMS = "streams", Permission.STREAMS_READ, "streams", Whose.TENANT
    AGENTS = "agents", Permission.AGENTS_READ, "agents", Whose.TENANT
    SECRETS = "secrets", Permission.SECRETS_READ, "secrets", Whose.TENANT
    ASSETS = "assets", Permission.ASSETS_READ, "assets", Whose.TENANT
    SUCCESSION = "succession", Permission.SUCCESSION_READ, "succession", Whose.TENANT
    NOTIFICATIONS = "notifications", Permission.NOTIFICATIONS_SELF, "notifications", Whose.USER
    LETTERS = "letters", Permission.LETTERS_WRITE, "letters", Whose.TENANT
    SIGNALS = "signals", Permission.SIGNALS_READ, "signals", Whose.TENANT
    DECISIONS = "decisions", Permission.STRATEGIES_READ, "strategies", Whose.TENANT
    SENTIMENT = "sentiment", Permission.SENTIMENT_READ, "sentiment", Whose.TENANT
    MODELS = "models", Permission.MODELS_READ, "inference", Whose.TENANT
    NOTICES = NOTICES, Permission.IDENTITY_SELF, "identity", Whose.USER
