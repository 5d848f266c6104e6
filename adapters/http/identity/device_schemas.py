"""Show devices and notices on the wire, and read what devices say of themselves."""

from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import Meta

from adapters.http.wire import PRINTABLE, moment, time_of
from application.identity.devices import OwnDevice
from domain.identity.fingerprint import VALUE_MAX, Fingerprint
from domain.identity.notice import UserNotice
from domain.identity.session import LABEL_MAX

DeviceText = Annotated[str, Meta(max_length=VALUE_MAX, pattern=r"^[\x20-\x7e]*$")]
Label = Annotated[str, Meta(min_length=1, max_length=LABEL_MAX, pattern=PRINTABLE)]


class FingerprintBody(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """What a device says of itself; only what stays the same from log-in to log-in."""

    agent: DeviceText = ""
    platform: DeviceText = ""
    language: DeviceText = ""
    time_zone: DeviceText = ""
    screen: DeviceText = ""

    def told(self) -> Fingerprint | None:
        """Return it, None where nothing was told."""
        values = msgspec.structs.asdict(self)
        return Fingerprint(**values) if any(values.values()) else None


class DeviceBody(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """What to call a device."""

    label: Label


class FingerprintView(msgspec.Struct):
    """What a device said of itself when it was last logged in on."""

    agent: str
    platform: str
    language: str
    time_zone: str
    screen: str
    sha256: str


class DeviceView(msgspec.Struct):
    """A device; while it is trusted, its log-ins are not asked for a second factor."""

    id: UUID
    label: str
    created_at: str
    seen_at: str
    trusted: bool
    trusted_until: str | None
    fingerprint: FingerprintView | None


class DevicePage(msgspec.Struct):
    """Devices, oldest first."""

    items: list[DeviceView]
    next_cursor: str | None


class NoticeView(msgspec.Struct):
    """One thing that its user should know of their own way in."""

    id: UUID
    kind: str
    at: str
    detail: dict[str, str]
    read_at: str | None
    priority: str
    acknowledged_at: str | None


class NoticePage(msgspec.Struct):
    """Notices, newest first."""

    items: list[NoticeView]
    next_cursor: str | None


def device_view(own: OwnDevice) -> DeviceView:
    """Show a device to its user."""
    device = own.device
    return DeviceView(
        id=device.id,
        label=device.label,
        created_at=moment(device.created_at),
        seen_at=moment(device.seen_at),
        trusted=own.trusted_until is not None,
        trusted_until=time_of(own.trusted_until),
        fingerprint=_fingerprint_view(device.fingerprint),
    )


def notice_view(notice: UserNotice) -> NoticeView:
    """Show a notice to its user."""
    return NoticeView(
        id=notice.id,
        kind=notice.kind,
        at=moment(notice.at),
        detail=dict(notice.detail),
        read_at=time_of(notice.read_at),
        priority=notice.priority.value,
        acknowledged_at=time_of(notice.acknowledged_at),
    )


def _fingerprint_view(told: Fingerprint | None) -> FingerprintView | None:
    if told is None:
        return None
    return FingerprintView(
        agent=told.agent,
        platform=told.platform,
        language=told.language,
        time_zone=told.time_zone,
        screen=told.screen,
        sha256=told.digest.hex(),
    )
