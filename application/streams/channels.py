"""List the channels that can be followed: who may, whose they are, on which topic they go out."""

from enum import StrEnum
from typing import Self

from domain.identity.access import Permission
from domain.identity.notice import NOTICES


class ChannelScope(StrEnum):
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
    whose: ChannelScope

    def __new__(
        cls,
        value: str,
        # An owner's, where none is named.
        permission: Permission = Permission.IDENTITY_MANAGE,
        topic: str = "",
        whose: ChannelScope = ChannelScope.ACCOUNT,
    ) -> Self:
        """Return the channel of that name."""
        made = str.__new__(cls, value)
        made._value_ = value
        made.permission, made.topic, made.whose = permission, topic, whose
        return made

    ORDERS = "orders", Permission.ORDERS_READ, "orders"
    FILLS = "fills", Permission.ORDERS_READ, "orders"
    POSITIONS = "positions", Permission.ACCOUNTS_READ, "accounts"
    RISK = "risk", Permission.RISK_READ, "risk", ChannelScope.BOTH
    KILL_SWITCH = "kill_switch", Permission.RISK_READ, "kill_switch", ChannelScope.TENANT
    STREAMS = "streams", Permission.STREAMS_READ, "streams", ChannelScope.TENANT
    AGENTS = "agents", Permission.AGENTS_READ, "agents", ChannelScope.TENANT
    SECRETS = "secrets", Permission.SECRETS_READ, "secrets", ChannelScope.TENANT
    ASSETS = "assets", Permission.ASSETS_READ, "assets", ChannelScope.TENANT
    SUCCESSION = "succession", Permission.SUCCESSION_READ, "succession", ChannelScope.TENANT
    NOTIFICATIONS = (
        "notifications",
        Permission.NOTIFICATIONS_SELF,
        "notifications",
        ChannelScope.USER,
    )
    LETTERS = "letters", Permission.LETTERS_WRITE, "letters", ChannelScope.TENANT
    SIGNALS = "signals", Permission.SIGNALS_READ, "signals", ChannelScope.TENANT
    DECISIONS = "decisions", Permission.STRATEGIES_READ, "strategies", ChannelScope.TENANT
    SENTIMENT = "sentiment", Permission.SENTIMENT_READ, "sentiment", ChannelScope.TENANT
    MODELS = "models", Permission.MODELS_READ, "inference", ChannelScope.TENANT
    NOTICES = NOTICES, Permission.IDENTITY_SELF, "identity", ChannelScope.USER
