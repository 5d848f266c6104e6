"""Places in memory and in a file keep the promises of the port."""

from pathlib import Path

import pytest

from adapters.geo_lookup.networks_file import NetworksFile
from adapters.memory.geo_lookup import MemoryGeoLookup
from ports.geo_lookup import GeoLookup
from tests.contracts.identity.geo_lookup import GIVEN, GeoLookupContract


class TestMemoryGeoLookup(GeoLookupContract):
    @pytest.fixture
    def geo_lookup(self) -> GeoLookup:
        return MemoryGeoLookup(GIVEN)

    @pytest.fixture
    def nowhere(self) -> GeoLookup:
        return MemoryGeoLookup()


class TestNetworksFile(GeoLookupContract):
    @pytest.fixture
    def geo_lookup(self, tmp_path: Path) -> GeoLookup:
        lines = [f"{name},{one.lat},{one.lon},{one.label}" for name, one in GIVEN.items()]
        path = tmp_path / "places.csv"
        path.write_text("\n".join(["network,lat,lon,label", *lines, ""]))
        file = NetworksFile(path)
        file.start()
        return file

    @pytest.fixture
    def nowhere(self) -> GeoLookup:
        file = NetworksFile(None)
        file.start()
        return file
