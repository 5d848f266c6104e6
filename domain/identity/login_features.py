"""Say in numbers how a log-in is like those before it; no clock, no storage, no randomness."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import IPv6Address, ip_address, ip_network
from uuid import UUID

from domain.identity.place import FARTHEST_KM, Place, distance_km

# So many log-ins of a user are remembered, the newest, and so many failures.
LOGINS_KEPT = 200
FAILURES_KEPT = 50
# So many of them are told one by one: enough to see whether a forest has grown old.
NEWEST_TOLD = 32
# A wrong password longer ago says nothing of today's log-in.
FAILURES_WITHIN = timedelta(hours=24)
# From here on more failures are no odder, and more speed is no more impossible.
FAILURES_MANY = 10
SPEED_MANY_KMH = 1_000.0
# Two log-ins in the same second are a minute apart where speed is concerned.
_SOONEST_H = 1.0 / 60.0
_DAY_H = 24.0


@dataclass(frozen=True, slots=True, kw_only=True)
class LoginNow:
    """A log-in as it comes: when, from where, on what.

    device_id is that of a device known by its token, else None; without_device: it is a
    script's, which has none to be known by.
    """

    at: datetime
    network: str = ""
    place: Place | None = None
    device_id: UUID | None = None
    without_device: bool = False
    fingerprint_changed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class LoginFeatures:
    """What is looked at; None where it is not known.

    hour is the time of day in UTC, from 0 to below 24. distance_km and speed_kmh are from the
    log-in before. failures counts wrong passwords since then, at most a day back.
    """

    hour: float
    distance_km: float | None = None
    speed_kmh: float | None = None
    new_device: bool = False
    new_network: bool = False
    failures: int = 0
    fingerprint_changed: bool = False

    def vector(self) -> tuple[float, ...]:
        """Return nine numbers between -1 and 1.

        The hour on a circle, so that 23:59 is near 00:01 (sine, cosine); the distance and the
        failures by their logarithm, as the tenth failure adds less than the first; the speed
        as a share of 1,000 km/h; a flag where the distance is not known, and flags.
        """
        angle = 2.0 * math.pi * self.hour / _DAY_H
        return (
            math.sin(angle),
            math.cos(angle),
            math.log1p(self.distance_km or 0.0) / math.log1p(FARTHEST_KM),
            min(1.0, (self.speed_kmh or 0.0) / SPEED_MANY_KMH),
            float(self.distance_km is None),
            float(self.new_device),
            float(self.new_network),
            math.log1p(min(self.failures, FAILURES_MANY)) / math.log1p(FAILURES_MANY),
            float(self.fingerprint_changed),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class LoginRecord:
    """A log-in that went well, as it is remembered; its id is its session's.

    learned: it counts as the user's own. One that looked strange and showed nothing but the
    password does not, until it is confirmed.
    """

    id: UUID
    tenant_id: UUID
    user_id: UUID
    at: datetime
    network: str
    place: Place | None
    device_id: UUID | None
    features: LoginFeatures
    learned: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class LoginFailure:
    """A wrong password at a user's address."""

    id: UUID
    tenant_id: UUID
    user_id: UUID
    at: datetime
    network: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LoginPast:
    """What is remembered of a user's log-ins, oldest first; failed holds times."""

    logins: Sequence[LoginRecord] = ()
    failed: Sequence[datetime] = ()

    @property
    def learned(self) -> Sequence[LoginRecord]:
        """Those that count as the user's own."""
        return [one for one in self.logins if one.learned]

    @property
    def habits(self) -> "LoginHabits":
        """What a log-in is compared with."""
        known = self.learned
        last = known[-1] if known else None
        return LoginHabits(
            logins=len(known),
            networks=frozenset(one.network for one in known),
            devices=frozenset(one.device_id for one in known),
            last_at=last.at if last is not None else None,
            last_place=last.place if last is not None else None,
            failed=tuple(self.failed),
            newest=tuple(one.id for one in known[-NEWEST_TOLD:]),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class LoginHabits:
    """How a user logs in, in short: what one more log-in is compared with.

    Of the log-ins that count as the user's own; None among devices stands for scripts. newest
    are the ids of the last ones, oldest first. failed holds the times of wrong passwords.
    """

    logins: int = 0
    networks: frozenset[str] = frozenset()
    devices: frozenset[UUID | None] = frozenset()
    last_at: datetime | None = None
    last_place: Place | None = None
    failed: Sequence[datetime] = ()
    newest: Sequence[UUID] = ()


def features_of(now: LoginNow, *, habits: LoginHabits) -> LoginFeatures:
    """Return how a log-in is like those that the user is known by.

    The first one is like nothing, and nothing is odd about it: there is no other device or
    network that it could differ from.
    """
    last_at, away, speed = habits.last_at, None, None
    if last_at is not None and habits.last_place is not None and now.place is not None:
        away = distance_km(habits.last_place, now.place)
        gone_h = (now.at - last_at) / timedelta(hours=1)
        speed = away / max(gone_h, _SOONEST_H)
    since = now.at - FAILURES_WITHIN
    if last_at is not None:
        since = max(since, last_at)
    moment = now.at.astimezone(UTC)
    return LoginFeatures(
        hour=moment.hour + moment.minute / 60.0 + moment.second / 3_600.0,
        distance_km=away,
        speed_kmh=speed,
        new_device=last_at is not None and _is_new_device(now, habits),
        new_network=last_at is not None and now.network not in habits.networks,
        failures=sum(since < at <= now.at for at in habits.failed),
        fingerprint_changed=now.fingerprint_changed,
    )


def _is_new_device(now: LoginNow, habits: LoginHabits) -> bool:
    # Its token is not enough: who came in as a stranger has one from then on. Scripts have no
    # token to be known by: all of a user's count as one device.
    if now.device_id is None and not now.without_device:
        return True
    return now.device_id not in habits.devices


def network_around(ip: str) -> str:
    """Return the network that an address is remembered by: a /24, or a /48 of the newer kind."""
    try:
        address = ip_address(ip)
    except ValueError:
        return ""
    if isinstance(address, IPv6Address):
        address = address.ipv4_mapped or address
    prefix = 24 if address.version == 4 else 48
    return str(ip_network(f"{address}/{prefix}", strict=False))
