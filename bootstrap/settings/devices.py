"""List the settings of devices, and of what counts as a strange log-in."""

from dataclasses import dataclass
from pathlib import Path

from adapters.settings.field import setting


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceSettings:
    """Devices that users log in on."""

    trust_days: int = setting(
        30, "Days for which a trusted device is not asked for a second factor.", low=1, high=366
    )
    strange_from: float = setting(
        0.55,
        "The score from which on a log-in is strange (docs/devices.md); 1 leaves it to the rules.",
        low=0.5,
        high=1.0,
    )
    places_file: Path | None = setting(
        None,
        "A CSV of `network,lat,lon,label` that says where networks are; without it no distance"
        " is known.",
    )
