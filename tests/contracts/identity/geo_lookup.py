"""What every adapter promises that says where networks are."""

from abc import abstractmethod

import pytest

from domain.identity.place import Place
from ports.geo_lookup import GeoLookup
from tests.contracts.contract import Contract

WIDE, NARROW = Place(lat=50.0, lon=10.0, label="Country"), Place(lat=52.5, lon=13.4, label="Town")
SIXTH = Place(lat=-33.9, lon=151.2)
GIVEN = {"192.0.0.0/16": WIDE, "192.0.2.0/24": NARROW, "2001:db8::/32": SIXTH}


class GeoLookupContract(Contract):
    """Subclasses give `places` that know GIVEN, and `nowhere` that know none."""

    @pytest.fixture
    @abstractmethod
    def geo_lookup(self) -> GeoLookup: ...

    @pytest.fixture
    @abstractmethod
    def nowhere(self) -> GeoLookup: ...

    @pytest.mark.parametrize(
        ("ip", "place"),
        [
            ("192.0.2.0", NARROW),
            ("192.0.2.255", NARROW),
            ("192.0.3.0", WIDE),
            ("192.0.0.0", WIDE),
            ("192.1.0.0", None),
            ("::ffff:192.0.2.1", NARROW),
            ("2001:db8:ffff::1", SIXTH),
            ("2001:db9::1", None),
            # The number of an address of the other kind is no address.
            ("::c000:201", None),
            ("", None),
            ("unix", None),
        ],
    )
    def test_the_narrowest_network_counts(
        self, geo_lookup: GeoLookup, ip: str, place: Place | None
    ) -> None:
        assert geo_lookup.place(ip) == place

    def test_without_networks_every_place_is_unknown(self, nowhere: GeoLookup) -> None:
        assert nowhere.place("192.0.2.1") is None
