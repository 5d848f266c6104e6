"""What the core needs to keep the devices that users log in on."""

from collections.abc import Sequence
from typing import Protocol
from uuid import UUID

from domain.identity.session import Device


class DeviceStore(Protocol):
    """Devices of all users, within a transaction. Take the user first: they hold the devices."""

    async def of(self, user_id: UUID, *, limit: int, after: UUID | None = None) -> Sequence[Device]:
        """Return the user's devices by ascending id, behind `after`."""
        ...

    async def get(self, device_id: UUID) -> Device | None:
        """Return a device."""
        ...

    async def find(self, digest: bytes) -> Device | None:
        """Return the device whose token has that SHA-256."""
        ...

    async def keep(self, device: Device) -> None:
        """Store a device, in place of the one of that id."""
        ...

    async def drop(self, device_id: UUID) -> None:
        """Forget a device and the log-ins on it: its token is a stranger's from now on."""
        ...
