"""Turn devices, log-ins and users' notices into rows and back."""

from dataclasses import asdict
from typing import Any

import msgspec

from adapters.postgres.rows import Row, plain_id, plain_id_or_none, text_of, texts_of
from domain.identity.fingerprint import Fingerprint
from domain.identity.login_features import LoginFeatures, LoginHabits, LoginRecord
from domain.identity.notice import Priority, UserNotice
from domain.identity.place import Place
from domain.identity.session import Device

# The columns in the order of each row below.
DEVICE = (
    "id, tenant_id, user_id, digest, label, created_at, seen_at, fingerprint,"
    " fingerprint_digest, trusted_at, trusted_until, proven_at, homes"
)
LOGIN = (
    "id, tenant_id, user_id, at, network, lat, lon, place, device_id, hour, distance_km,"
    " speed_kmh, new_device, new_network, failures, fingerprint_changed, learned"
)
NOTICE = "id, tenant_id, user_id, kind, at, detail, read_at, priority, acknowledged_at"

_FINGERPRINT = msgspec.json.Decoder(Fingerprint).decode


def device_row(device: Device) -> tuple[Any, ...]:
    """Return the device's columns."""
    told = device.fingerprint
    return (
        device.id,
        device.tenant_id,
        device.user_id,
        device.digest,
        device.label,
        device.created_at,
        device.seen_at,
        text_of(asdict(told)) if told is not None else None,
        told.digest if told is not None else None,
        device.trusted_at,
        device.trusted_until,
        device.proven_at,
        list(device.homes),
    )


def device_of(row: Row) -> Device:
    """Return the device of a row."""
    told = row["fingerprint"]
    return Device(
        id=plain_id(row["id"]),
        tenant_id=plain_id(row["tenant_id"]),
        user_id=plain_id(row["user_id"]),
        digest=row["digest"],
        label=row["label"],
        created_at=row["created_at"],
        seen_at=row["seen_at"],
        fingerprint=_FINGERPRINT(told) if told is not None else None,
        trusted_at=row["trusted_at"],
        trusted_until=row["trusted_until"],
        proven_at=row["proven_at"],
        homes=tuple(row["homes"]),
    )


def login_row(login: LoginRecord) -> tuple[Any, ...]:
    """Return the log-in's columns."""
    place, features = login.place, login.features
    return (
        login.id,
        login.tenant_id,
        login.user_id,
        login.at,
        login.network,
        place.lat if place is not None else None,
        place.lon if place is not None else None,
        place.label if place is not None else "",
        login.device_id,
        features.hour,
        features.distance_km,
        features.speed_kmh,
        features.new_device,
        features.new_network,
        features.failures,
        features.fingerprint_changed,
        login.learned,
    )


def login_of(row: Row) -> LoginRecord:
    """Return the log-in of a row."""
    return LoginRecord(
        id=plain_id(row["id"]),
        tenant_id=plain_id(row["tenant_id"]),
        user_id=plain_id(row["user_id"]),
        at=row["at"],
        network=row["network"],
        place=_place(row),
        device_id=plain_id_or_none(row["device_id"]),
        features=LoginFeatures(
            hour=row["hour"],
            distance_km=row["distance_km"],
            speed_kmh=row["speed_kmh"],
            new_device=row["new_device"],
            new_network=row["new_network"],
            failures=row["failures"],
            fingerprint_changed=row["fingerprint_changed"],
        ),
        learned=row["learned"],
    )


def habits_of(row: Row) -> LoginHabits:
    """Return the habits of a row."""
    return LoginHabits(
        logins=row["logins"],
        networks=frozenset(row["networks"]),
        devices=frozenset(map(plain_id_or_none, row["devices"])),
        last_at=row["at"],
        last_place=_place(row),
        failed=tuple(row["failed"]),
        newest=tuple(map(plain_id, reversed(row["newest"]))),
    )


def notice_row(notice: UserNotice) -> tuple[Any, ...]:
    """Return the notice's columns."""
    return (
        notice.id,
        notice.tenant_id,
        notice.user_id,
        notice.kind,
        notice.at,
        text_of(dict(notice.detail)),
        notice.read_at,
        notice.priority,
        notice.acknowledged_at,
    )


def notice_of(row: Row) -> UserNotice:
    """Return the notice of a row."""
    return UserNotice(
        id=plain_id(row["id"]),
        tenant_id=plain_id(row["tenant_id"]),
        user_id=plain_id(row["user_id"]),
        kind=row["kind"],
        at=row["at"],
        detail=tuple(texts_of(row["detail"]).items()),
        read_at=row["read_at"],
        priority=Priority(row["priority"]),
        acknowledged_at=row["acknowledged_at"],
    )


def _place(row: Row) -> Place | None:
    if row["lat"] is None:
        return None
    return Place(lat=row["lat"], lon=row["lon"], label=row["place"])
