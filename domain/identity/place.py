"""Hold where an address is, roughly, and how far that is from elsewhere."""

import math
from dataclasses import dataclass

# The mean radius of the Earth as the IUGG gives it (R1).
EARTH_RADIUS_KM = 6_371.0088
# No two places are further apart: half a great circle.
FARTHEST_KM = math.pi * EARTH_RADIUS_KM
LABEL_MAX = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A point on Earth in degrees, north and east positive."""

    lat: float
    lon: float
    label: str = ""

    def __post_init__(self) -> None:
        if not (-90.0 <= self.lat <= 90.0 and -180.0 <= self.lon <= 180.0):
            raise ValueError("a latitude is within 90 degrees and a longitude within 180")
        if len(self.label) > LABEL_MAX or not self.label.isprintable():
            raise ValueError(f"a label has at most {LABEL_MAX} printable characters")


def distance_km(one: Place, other: Place) -> float:
    """Return the great-circle distance in kilometres by the haversine formula.

    On a sphere of the mean radius; the true Earth differs by up to 0.5 %. Source: R. W. Sinnott,
    "Virtues of the Haversine", Sky and Telescope 68 (2), 1984, p. 159.
    """
    lat, other_lat = math.radians(one.lat), math.radians(other.lat)
    half_lat = math.sin((other_lat - lat) / 2)
    half_lon = math.sin(math.radians(other.lon - one.lon) / 2)
    h = half_lat**2 + math.cos(lat) * math.cos(other_lat) * half_lon**2
    return 2 * EARTH_RADIUS_KM * math.asin(math.sqrt(min(1.0, h)))
