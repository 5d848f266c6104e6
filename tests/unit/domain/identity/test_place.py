"""Distances on Earth are those that are published."""

import pytest

from domain.identity.place import EARTH_RADIUS_KM, FARTHEST_KM, Place, distance_km

# Rosetta Code, "Haversine formula": Nashville to Los Angeles is 2887.26 km on a radius of 6372.8.
NASHVILLE = Place(lat=36.12, lon=-86.67)
LOS_ANGELES = Place(lat=33.94, lon=-118.40)
PUBLISHED_KM, PUBLISHED_RADIUS_KM = 2_887.25995, 6_372.8


def test_a_published_distance_is_found() -> None:
    scaled = distance_km(NASHVILLE, LOS_ANGELES) * PUBLISHED_RADIUS_KM / EARTH_RADIUS_KM
    assert scaled == pytest.approx(PUBLISHED_KM, abs=1e-4)
    assert distance_km(LOS_ANGELES, NASHVILLE) == distance_km(NASHVILLE, LOS_ANGELES)


def test_nothing_is_further_than_the_other_side() -> None:
    pole, other = Place(lat=90, lon=0), Place(lat=-90, lon=77)
    assert distance_km(pole, other) == pytest.approx(FARTHEST_KM)
    assert distance_km(Place(lat=0, lon=180), Place(lat=0, lon=-180)) == pytest.approx(0, abs=1e-6)
    quarter = distance_km(Place(lat=0, lon=0), Place(lat=0, lon=90))
    assert quarter == pytest.approx(FARTHEST_KM / 2)


@pytest.mark.parametrize(
    ("lat", "lon"),
    [
        (90.01, 0),
        (-90.01, 0),
        (0, 180.01),
        (0, -180.01),
        (float("nan"), 0),
        (0, float("inf")),
    ],
)
def test_what_is_nowhere_on_earth_is_no_place(lat: float, lon: float) -> None:
    with pytest.raises(ValueError, match="latitude"):
        Place(lat=lat, lon=lon)


def test_a_label_is_short_and_printable() -> None:
    assert Place(lat=0, lon=0, label="x" * 100).label == "x" * 100
    for label in ("x" * 101, "a\nb"):
        with pytest.raises(ValueError, match="label"):
            Place(lat=0, lon=0, label=label)
