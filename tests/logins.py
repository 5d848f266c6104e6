"""Seeded log-ins of made-up people and of those who have their passwords, to measure with."""

import math
import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from uuid import UUID

from domain.identity.login_features import (
    LOGINS_KEPT,
    LoginFeatures,
    LoginNow,
    LoginPast,
    LoginRecord,
    features_of,
)
from domain.identity.place import Place
from ports.login_anomaly import LoginAnomaly

FIRST = datetime(2026, 1, 5, tzinfo=UTC)
TENANT = UUID(int=1)
_KM_PER_DEGREE = 111.2


class Attack(StrEnum):
    """What somebody has who is not the user."""

    # The password: from another continent, on their own machine, at any hour, after some tries.
    FAR = "far"
    # The password: from the same town, on their own machine, when the user is up.
    NEAR = "near"
    # The password and the device's token, copied: from elsewhere, at any hour.
    TOKEN_ELSEWHERE = "token_elsewhere"
    # The device itself, at home, at night.
    DEVICE_AT_NIGHT = "device_at_night"


async def score_of(
    anomaly: LoginAnomaly, *, user_id: UUID, past: Sequence[LoginRecord], now: LoginFeatures
) -> float | None:
    """Ask for the score of a log-in against a past, as who logs somebody in does."""

    async def read() -> Sequence[LoginRecord]:
        return past

    newest = LoginPast(logins=past).habits.newest
    return await anomaly.score(user_id=user_id, newest=newest, past=read, now=now)


@dataclass(slots=True)
class Person:
    """Somebody with habits: hours, one to three devices, a home and an office, trips."""

    seed: int
    located: bool = True
    drawn: random.Random = field(init=False)
    home: Place = field(init=False)
    hours: tuple[float, ...] = field(init=False)
    devices: list[UUID] = field(init=False)
    past: list[LoginRecord] = field(default_factory=list)
    at: datetime = FIRST
    _made: int = 0

    def __post_init__(self) -> None:
        self.drawn = drawn = random.Random(self.seed)
        self.home = Place(lat=drawn.uniform(-50, 60), lon=drawn.uniform(-170, 170))
        self.hours = tuple(drawn.uniform(0, 24) for _ in range(drawn.randint(1, 2)))
        self.devices = [self._id() for _ in range(drawn.randint(1, 3))]

    def _id(self) -> UUID:
        self._made += 1
        return UUID(int=(self.seed << 32) + self._made)

    def history(self) -> LoginPast:
        """Return what is remembered of them."""
        return LoginPast(logins=tuple(self.past[-LOGINS_KEPT:]), failed=())

    def live(self, logins: int) -> list[LoginFeatures]:
        """Log in so many times as they do, and return how each was like those before."""
        return [self.log_in() for _ in range(logins)]

    def log_in(self) -> LoginFeatures:
        """Log in as they do: mostly as ever, now and then on a trip or on a new device."""
        drawn = self.drawn
        hour = drawn.gauss(drawn.choice(self.hours), 1.0)
        self.at += timedelta(days=drawn.choice((1, 1, 1, 2)))
        at = self.at.replace(hour=0, minute=0, second=0) + timedelta(hours=hour % 24)
        network, place = f"net-{self.seed}-{drawn.choice((0, 0, 0, 1))}", self.home
        if drawn.random() < 0.04:
            # A trip, a train or a café: elsewhere, and in a network never seen.
            network = f"trip-{self.seed}-{drawn.random()}"
            place = self._away(drawn.choice((20.0, 300.0, 3_000.0)))
        new = drawn.random() < 0.015
        if new:
            self.devices[0] = self._id()
        device = self.devices[0] if new else drawn.choice(self.devices)
        now = LoginNow(
            at=at,
            network=network,
            place=place if self.located else None,
            device_id=None if new else device,
            fingerprint_changed=not new and drawn.random() < 0.02,
        )
        typos = [at - timedelta(seconds=40)] if drawn.random() < 0.06 else []
        features = features_of(
            now, habits=LoginPast(logins=self.past[-LOGINS_KEPT:], failed=typos).habits
        )
        self._keep(now, features, device=device)
        return features

    def attacked(self, attack: Attack, *, seed: int) -> LoginFeatures:
        """Return what a log-in by somebody else looks like; nothing is remembered of it."""
        drawn = random.Random(seed)
        day = self.at + timedelta(days=1)
        anytime = day.replace(hour=0) + timedelta(hours=drawn.uniform(0, 24))
        usual = day.replace(hour=0) + timedelta(hours=drawn.gauss(self.hours[0], 1.0) % 24)
        far, network = self._away(drawn.uniform(2_000, 9_000)), f"theirs-{drawn.random()}"
        tries = [anytime - timedelta(minutes=one) for one in range(drawn.randint(0, 6))]
        match attack:
            case Attack.FAR:
                now = LoginNow(at=anytime, network=network, place=far)
            case Attack.NEAR:
                now, tries = LoginNow(at=usual, network=network, place=self._away(15.0)), []
            case Attack.TOKEN_ELSEWHERE:
                now = LoginNow(
                    at=anytime,
                    network=network,
                    place=far,
                    device_id=self.past[-1].device_id,
                    fingerprint_changed=drawn.random() < 0.5,
                )
                tries = []
            case Attack.DEVICE_AT_NIGHT:
                night = day.replace(hour=0) + timedelta(hours=(self._asleep()) % 24)
                now = LoginNow(
                    at=night,
                    network=f"net-{self.seed}-0",
                    place=self.home,
                    device_id=self.past[-1].device_id,
                )
                tries = []
        if not self.located:
            now = LoginNow(
                at=now.at,
                network=now.network,
                device_id=now.device_id,
                fingerprint_changed=now.fingerprint_changed,
            )
        return features_of(
            now, habits=LoginPast(logins=self.past[-LOGINS_KEPT:], failed=tries).habits
        )

    def _asleep(self) -> float:
        """The hour that is furthest from those they keep."""

        def apart(hour: float) -> float:
            return min(min(abs(hour - one) % 24, 24 - abs(hour - one) % 24) for one in self.hours)

        return max((half / 2 for half in range(48)), key=apart)

    def _away(self, km: float) -> Place:
        north = self.drawn.uniform(-0.5, 0.5) * km / _KM_PER_DEGREE
        lat = max(-80.0, min(80.0, self.home.lat + north))
        east = km / _KM_PER_DEGREE / max(0.2, math.cos(math.radians(self.home.lat)))
        lon = (self.home.lon + east + 540.0) % 360.0 - 180.0
        return Place(lat=lat, lon=lon)

    def _keep(self, now: LoginNow, features: LoginFeatures, *, device: UUID) -> None:
        self.past.append(
            LoginRecord(
                id=self._id(),
                tenant_id=TENANT,
                user_id=UUID(int=self.seed),
                at=now.at,
                network=now.network,
                place=now.place,
                device_id=device,
                features=features,
            )
        )


def people(count: int, *, located: bool = True) -> Sequence[Person]:
    """Return so many people, each of them another."""
    return [Person(seed, located=located) for seed in range(1, count + 1)]
