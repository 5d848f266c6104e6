"""Hold what a log-in opens: a session, the device it is on, and how long it lasts."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from ipaddress import IPv6Address, IPv6Network, ip_address
from uuid import UUID

from domain.identity.fingerprint import Fingerprint

LABEL_MAX = 100
AGENT_MAX = 300
_SITE_BITS = 64
# From so many networks a device is at home: those on which a factor was shown last.
HOMES_MAX = 5


class SessionEnd(StrEnum):
    """Why a session is over before its time."""

    LOGOUT = "logout"
    REVOKED = "revoked"
    # A refresh token came twice, or from another device: somebody else may have it.
    REUSED = "reused"
    PASSWORD = "password"  # noqa: S105 - a name, no secret
    # The user got a second factor, and this one came in without.
    FIRST_FACTOR = "first_factor"
    DISABLED = "disabled"
    CROWDED = "crowded"
    # Another log-in came from its device.
    REPLACED = "replaced"


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionLimits:
    """How long sessions last; remembered ones are those that a person asked to be kept."""

    idle: timedelta = timedelta(minutes=30)
    absolute: timedelta = timedelta(hours=12)
    remembered_idle: timedelta = timedelta(days=30)
    remembered_absolute: timedelta = timedelta(days=30)
    # A reply that was lost may be asked for again for so long.
    retry: timedelta = timedelta(seconds=10)
    # The oldest is ended when a user opens one more.
    open_max: int = 50

    def __post_init__(self) -> None:
        spans = (self.idle, self.absolute, self.remembered_idle, self.remembered_absolute)
        if min(spans) <= timedelta(0) or self.retry < timedelta(0) or self.open_max < 1:
            raise ValueError("the limits of sessions are positive")


@dataclass(frozen=True, slots=True, kw_only=True)
class Visitor:
    """From where somebody asks, as far as it is known."""

    ip: str = ""
    user_agent: str = ""

    def __post_init__(self) -> None:
        if len(self.user_agent) > AGENT_MAX:
            object.__setattr__(self, "user_agent", self.user_agent[:AGENT_MAX])

    @property
    def network(self) -> str:
        """What tries are counted under: an IPv4 address, of IPv6 the /64 that one site has."""
        try:
            address = ip_address(self.ip)
        except ValueError:
            return self.ip
        if isinstance(address, IPv6Address):
            mapped = address.ipv4_mapped
            return str(mapped or IPv6Network((address, _SITE_BITS), strict=False))
        return str(address)


@dataclass(frozen=True, slots=True, kw_only=True)
class Device:
    """A device that a user logged in on; it is known again by a token, kept as its SHA-256.

    fingerprint is what it last said of itself. Trusted, it is not asked for a second factor.
    """

    id: UUID
    tenant_id: UUID
    user_id: UUID
    digest: bytes
    label: str
    created_at: datetime
    seen_at: datetime
    fingerprint: Fingerprint | None = None
    trusted_at: datetime | None = None
    trusted_until: datetime | None = None
    # When its user last showed a second factor on it.
    proven_at: datetime | None = None
    # From which networks they did, the last one first.
    homes: tuple[str, ...] = ()

    def is_known(self, *, tokens_from: datetime | None) -> bool:
        """Tell whether a factor was shown on it since its user last ended all sessions."""
        if self.proven_at is None:
            return False
        return tokens_from is None or self.proven_at >= tokens_from

    def is_trusted(self, now: datetime, *, tokens_from: datetime | None) -> bool:
        """Tell whether its user's trust holds: until it lapses, or all sessions were ended.

        tokens_from is the user's: a change of password and a log-out everywhere move it, and
        so does the first factor.
        """
        if self.trusted_at is None or self.trusted_until is None or now >= self.trusted_until:
            return False
        return tokens_from is None or self.trusted_at > tokens_from

    def differs(self, told: Fingerprint | None) -> bool:
        """Tell whether it says something else of itself than it did; nothing is else, too."""
        if self.fingerprint is None:
            return False
        return told is None or told.digest != self.fingerprint.digest

    def seen(self, *, at: datetime, label: str, told: Fingerprint | None) -> "Device":
        """Return it as logged in on again."""
        return replace(
            self,
            label=label or self.label,
            seen_at=max(at, self.seen_at),
            fingerprint=told or self.fingerprint,
        )

    def proven(
        self, at: datetime, *, network: str, tokens_from: datetime | None = None
    ) -> "Device":
        """Return it as one on which a second factor was shown, from a network.

        tokens_from is the user's: where it was at home before counts no longer than that.
        """
        before = self.homes if self.is_known(tokens_from=tokens_from) else ()
        homes = (network, *(one for one in before if one != network))
        return replace(self, proven_at=at, homes=homes[:HOMES_MAX])

    def trusted(self, *, at: datetime, until: datetime) -> "Device":
        """Return it as trusted for a while."""
        return replace(self, trusted_at=at, trusted_until=until)

    def distrusted(self) -> "Device":
        """Return it as not trusted."""
        return replace(self, trusted_at=None, trusted_until=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """One log-in: on which device, from where, until when.

    idle is the longest time between two uses; expires_at is the end however much it is used.
    """

    id: UUID
    tenant_id: UUID
    user_id: UUID
    # None for a script's log-in, which gets no refresh token.
    device_id: UUID | None
    device_label: str
    visitor: Visitor
    opened_at: datetime
    authenticated_at: datetime
    used_at: datetime
    idle: timedelta
    expires_at: datetime
    ended_at: datetime | None = None
    end: SessionEnd | None = None

    @property
    def lapses_at(self) -> datetime:
        """When it is over if it is not used again."""
        return min(self.used_at + self.idle, self.expires_at)

    def is_open(self, now: datetime) -> bool:
        """Tell whether it neither ended nor lapsed."""
        return self.ended_at is None and now < self.lapses_at

    def used(self, *, at: datetime, visitor: Visitor) -> "Session":
        """Return it as used again, from wherever that was."""
        return replace(self, used_at=max(at, self.used_at), visitor=visitor)

    def ended(self, *, at: datetime, end: SessionEnd) -> "Session":
        """Return it as over; what ended before stays as it was."""
        if self.ended_at is not None:
            return self
        return replace(self, ended_at=at, end=end)
